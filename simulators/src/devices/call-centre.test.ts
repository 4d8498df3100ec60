import { CallCentre } from "@gatehouse/edge/drivers/call-centre/call-centre.ts";
import { type IntercomBench, intercomConformance } from "@gatehouse/edge/ports/intercom/conformance.ts";
import type { CallEvent } from "@gatehouse/edge/ports/intercom/intercom-port.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { type CallCentreConfig, lanePeripherals } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { afterEach, expect, it } from "vitest";
import { CallCentreDevice } from "./call-centre.ts";

const LOT = "00000000-0000-7000-8000-0000000000aa";
const LANE = "00000000-0000-7000-8000-000000000001";

interface Wired extends IntercomBench {
  readonly device: CallCentreDevice;
  readonly states: string[];
}

const benches: Wired[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.end();
});

async function wire(config: object = {}): Promise<Wired> {
  const device = new CallCentreDevice();
  const url = await device.listen();
  const clock = new ManualClock();
  const { intercom } = lanePeripherals.parse({ intercom: { driver: "http", url, token: device.token, ...config } });
  const port = new CallCentre({ config: intercom as CallCentreConfig, lot: LOT, lane: LANE, clock });
  const states: string[] = [];
  port.watch(({ state }: CallEvent) => states.push(state));
  const bench: Wired = {
    device,
    states,
    port,
    open: () => device.open,
    answer: (callId) => device.set(callId, "answered"),
    hangUp: (callId) => device.set(callId, "ended"),
    unplug: () => void device.stop(),
    wait: (ms) => clock.advance(ms),
    end: async () => {
      await port.close();
      await device.stop();
    },
  };
  benches.push(bench);
  return bench;
}

intercomConformance("call centre by HTTP", () => wire());

async function until(bench: Wired, states: readonly string[], stepMs = 1_500): Promise<void> {
  await soon(() => {
    bench.wait(stepMs);
    return bench.states;
  }).toEqual(states);
}

it("says where and why it calls, and rings one phone however often it has to try", async () => {
  const bench = await wire();
  bench.device.failing = 2;
  bench.port.call({ callId: "boot:17", reason: "no_read" });
  await until(bench, ["ringing"]);
  expect([...bench.device.calls]).toEqual([
    ["boot:17", { lot_id: LOT, lane_id: LANE, reason: "no_read", state: "ringing" }],
  ]);
  expect(bench.device.puts).toBe(1);
  expect(bench.port.health().lastFault?.message).toMatch(/it answers 503/);
  expect(bench.port.health().connected).toBe(true);
});

it("gives up when nobody answers in time, and hangs up", async () => {
  const bench = await wire({ answer_max_s: 5 });
  bench.port.call({ callId: "c1", reason: "help" });
  await until(bench, ["ringing", "failed"]);
  await soon(() => bench.device.open).toEqual([]);
});

it("hangs up a call that lasts too long", async () => {
  const bench = await wire({ answer_max_s: 5, talk_max_s: 10 });
  bench.port.call({ callId: "c1", reason: "help" });
  await until(bench, ["ringing"], 0);
  bench.answer("c1");
  await until(bench, ["ringing", "answered", "ended"]);
});

it("fails with a wrong token, and says so", async () => {
  const bench = await wire({ token: "some other token of 16" });
  bench.port.call({ callId: "c1", reason: "help" });
  await until(bench, ["failed"]);
  expect(bench.port.health().lastFault?.message).toMatch(/it answers 401; look at the address, the token/);
});

it("takes no answer that is longer than one can be", async () => {
  const bench = await wire();
  bench.device.endless = true;
  bench.port.call({ callId: "c1", reason: "help" });
  await soon(() => bench.port.health().lastFault?.message ?? "").toMatch(/its answer has more than 4096 bytes/);
  expect(bench.device.sent).toBeLessThan(16 * 1_048_576);
});

it("fails when the call centre takes calls and never answers", async () => {
  const bench = await wire();
  bench.device.hangs = true;
  bench.port.call({ callId: "c1", reason: "help" });
  await until(bench, ["failed"], 2_000);
});
