import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { type CloudClock, createCloudClock } from "./cloud-clock.ts";
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

describe("over a long connection", () => {
  const HOUR = 3_600_000;
  /** Asks at `sentAt`, hears half the round trip later what the cloud's clock reads, and has the answer at its end. */
  function ask(
    clock: ManualClock,
    cloud: CloudClock,
    { roundTripMs, cloudAt }: { roundTripMs: number; cloudAt: number },
  ) {
    const sent = clock.mono();
    clock.advance(roundTripMs);
    cloud.measured(sent, cloudAt);
  }

  it("Verifies: SYNC-13: judges the wall clock anew after it was set", () => {
    const clock = new ManualClock({ wall: wallMs(0) });
    const cloud = createCloudClock(clock);
    cloud.heard(confirmAt(CLOUD, 0), 0);
    expect(cloud.quality()).toBe("unknown");
    clock.stepWall(CLOUD);
    expect(cloud.quality()).toBe("synced");
    clock.stepWall(-HOUR);
    expect(cloud.quality()).toBe("unknown");
    cloud.lost();
    clock.stepWall(HOUR);
    expect(cloud.quality()).toBe("holdover");
  });

  it("Verifies: SYNC-11, SYNC-13: measures again, so that a slow crystal does not age each command", () => {
    const clock = new ManualClock({ wall: wallMs(CLOUD) });
    const cloud = createCloudClock(clock);
    ask(clock, cloud, { roundTripMs: 40, cloudAt: CLOUD + 20 });
    clock.advance(144 * HOUR);
    const slowBy = 144 * HOUR * 20e-6;
    const trueTime = CLOUD + clock.mono() - slowBy;
    expect(Number(cloud.now()) - trueTime).toBeCloseTo(slowBy, -1);
    ask(clock, cloud, { roundTripMs: 40, cloudAt: trueTime + 20 });
    expect(Math.abs(Number(cloud.now()) - (trueTime + 40))).toBeLessThanOrEqual(1);
  });

  it("goes by the shorter round trip while both are fresh, and by the fresh one when they contradict each other", () => {
    const clock = new ManualClock({ wall: wallMs(CLOUD) });
    const cloud = createCloudClock(clock);
    ask(clock, cloud, { roundTripMs: 20, cloudAt: CLOUD + 10 });
    // All of this round trip was on the way there, so its middle is wrong by a second.
    ask(clock, cloud, { roundTripMs: 2_000, cloudAt: CLOUD + 2_020 });
    expect(cloud.now()).toBe(CLOUD + 2_020);
    ask(clock, cloud, { roundTripMs: 2_000, cloudAt: CLOUD - HOUR });
    expect(cloud.now()).toBe(CLOUD - HOUR + 1_000);
  });

  it("Verifies: SYNC-13: tells the lot's time where this computer's clock is wrong, also after the connection", () => {
    const clock = new ManualClock({ wall: wallMs(Date.UTC(2099, 0, 1)) });
    const cloud = createCloudClock(clock);
    expect(cloud.lotTime()).toBeNull();
    cloud.heard(confirmAt(CLOUD, 0), 0);
    expect(cloud.lotTime()).toEqual({ at: CLOUD, quality: "synced" });
    cloud.lost();
    clock.advance(5_000);
    expect(cloud.lotTime()).toEqual({ at: CLOUD + 5_000, quality: "holdover" });
    clock.stepWall(CLOUD + 5_100 - clock.wall());
    expect(cloud.lotTime()).toEqual({ at: CLOUD + 5_100, quality: "holdover" });
  });
});
