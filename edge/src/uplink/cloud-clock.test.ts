import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { expect, it } from "vitest";
import { createCloudClock } from "./cloud-clock.ts";
import { CLOUD_TIME_MAX_ROUND_TRIP_MS, SYNCED_WITHIN_MS } from "./cloud-time.ts";

const CLOUD = 1_800_000_000_000;
const confirmAt = (cloud_at: number, echo_mono: number | null): Confirm => ({
  v: 1,
  device_id: "0190f3a1-0000-7000-8000-000000000001",
  epoch: 1,
  cursor: 0,
  hash: "0".repeat(64),
  status: "ok",
  message: null,
  cloud_at,
  echo_mono,
});

it("Verifies: SYNC-13: takes the cloud's time as of the middle of the round trip, and goes on by the monotonic clock", () => {
  const clock = new ManualClock({ wall: wallMs(CLOUD) });
  const cloud = createCloudClock(clock);
  clock.advance(100);
  cloud.heard(confirmAt(CLOUD + 5_000, 0), 0);
  expect(cloud.now()).toBe(CLOUD + 5_050);
  clock.stepWall(-86_400_000);
  clock.advance(1_000);
  expect(cloud.now()).toBe(CLOUD + 6_050);
});

it("Verifies: SYNC-11, SYNC-13: later messages move it only forwards, so that a command expires early rather than late", () => {
  const clock = new ManualClock();
  const cloud = createCloudClock(clock);
  cloud.heard(confirmAt(CLOUD, 0), 0);
  cloud.heard(confirmAt(CLOUD - 60_000, null), 0);
  expect(cloud.now()).toBe(CLOUD);
  cloud.heard(confirmAt(CLOUD + 60_000, null), 0);
  expect(cloud.now()).toBe(CLOUD + 60_000);
});

it("learns nothing from the answer to another hello, from a slow one, or before the first", () => {
  const clock = new ManualClock();
  const cloud = createCloudClock(clock);
  cloud.heard(confirmAt(CLOUD, null), null);
  cloud.heard(confirmAt(CLOUD, 7), 8);
  clock.advance(CLOUD_TIME_MAX_ROUND_TRIP_MS + 1);
  cloud.heard(confirmAt(CLOUD, 0), 0);
  expect(cloud.now()).toBeNull();
  expect(cloud.quality()).toBeNull();
});

it("follows the faster wall clock of a simulated lot, whose answers are old sooner", () => {
  const RATE = 100;
  const clock = new ManualClock({ wall: wallMs(CLOUD) });
  const cloud = createCloudClock(clock, RATE);
  clock.advance(200);
  cloud.heard(confirmAt(CLOUD + 100 * RATE, 0), 0);
  expect(cloud.now()).toBe(CLOUD + 200 * RATE);
  clock.advance(50);
  expect(cloud.now()).toBe(CLOUD + 250 * RATE);
  expect(cloud.quality()).toBe("synced");
});

it("Verifies: SYNC-13: says how far the wall clock can be trusted", () => {
  const clock = new ManualClock({ wall: wallMs(CLOUD) });
  const cloud = createCloudClock(clock);
  cloud.heard(confirmAt(CLOUD + SYNCED_WITHIN_MS, 0), 0);
  expect(cloud.quality()).toBe("synced");
  cloud.lost();
  expect([cloud.quality(), cloud.now()]).toEqual(["holdover", null]);
  cloud.heard(confirmAt(CLOUD + SYNCED_WITHIN_MS + 1, 0), 0);
  expect(cloud.quality()).toBe("unknown");
  cloud.lost();
  expect(cloud.quality()).toBe("unknown");
});
