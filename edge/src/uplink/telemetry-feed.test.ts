import type { Telemetry } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { expect, it } from "vitest";
import { tempStore } from "../store/testing/temp-store.ts";
import { startTelemetryFeed, TELEMETRY_IDLE_MS } from "./telemetry-feed.ts";

it("leaves pictures out while the store can't be read, ends nothing by it, and goes on", async () => {
  const temp = tempStore();
  const sent: Telemetry[] = [];
  const feed = startTelemetryFeed({
    lanes: { snapshot: () => [], onChange: () => () => {} },
    queries: {
      outbox: () => temp.store.queries.outbox(),
      replica: () => temp.store.queries.replica(),
      disk: () => temp.store.queries.disk(),
    },
    clock: temp.clock,
    linkState: () => "online",
    clockQuality: () => "synced",
    send: (telemetry) => void sent.push(telemetry),
  });
  temp.clock.advance(TELEMETRY_IDLE_MS);
  const before = sent.length;
  expect(before).toBeGreaterThan(0);
  await temp.store.close();
  expect(() => temp.store.queries.outbox()).toThrow();
  temp.clock.advance(3 * TELEMETRY_IDLE_MS);
  expect(sent.length).toBe(before);
  await temp.reopen();
  temp.clock.advance(TELEMETRY_IDLE_MS);
  expect(sent.length).toBeGreaterThan(before);
  feed.stop();
  await temp.remove();
});
