import type { ReplicaDelta, ReplicaRequest } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TempStore, tempStore } from "../store/testing/temp-store.ts";
import { type CloudClock, createCloudClock } from "./cloud-clock.ts";
import { createReplicaFollower, REPLICA_REFRESH_MS, type ReplicaFollower } from "./replica-follower.ts";
import { DEVICE } from "./testing/test-pair.ts";

const CLOUD_AHEAD = 700;
let temp: TempStore;
let clock: ManualClock;
let cloud: CloudClock;
let follower: ReplicaFollower;
let asked: ReplicaRequest[];

beforeEach(() => {
  temp = tempStore();
  clock = temp.clock;
  cloud = createCloudClock(clock);
  asked = [];
  follower = createReplicaFollower({
    deviceId: DEVICE,
    replica: temp.store.replica,
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    send: (request) => void asked.push(request),
    cloudClock: cloud,
  });
  follower.greeted();
});
afterEach(() => temp.remove());

const cloudNow = (): number => clock.wall() + CLOUD_AHEAD;

function hear(change: Partial<ReplicaDelta>): Promise<void> {
  const current = { from: 0, to: 1, checksum: EMPTY_CHECKSUM, changes: [] };
  return follower.received(Buffer.from(JSON.stringify({ v: 4, kind: "delta", ...current, ...change })));
}

it("Verifies: SYNC-10: the age counts from when the version was the cloud's, not from its arrival", async () => {
  cloud.measured(clock.mono(), cloudNow());
  const asOf = cloudNow();
  clock.advance(9_000);
  await hear({ as_of: asOf });
  expect(temp.store.replica.ageMs()).toBe(9_000);
  clock.advance(1_000);
  await hear({ from: 1, as_of: cloudNow() - 4_000 });
  expect(temp.store.replica.ageMs()).toBe(4_000);
  expect(temp.store.replica.status().confirmedAt).toBe(clock.wall() - 4_000);
});

it("Verifies: SYNC-10: without the cloud's time an answer is as old as its question", async () => {
  clock.advance(7_000);
  await hear({});
  expect(temp.store.replica.ageMs()).toBe(7_000);
  clock.advance(3_000);
  await hear({ from: 1, to: 2 });
  expect(temp.store.replica.ageMs()).toBe(0);
});

it("Verifies: SYNC-13: asks each minute, however many changes come, and measures the cloud's time by the answer", async () => {
  await hear({});
  for (let version = 1; version <= 5; version++) {
    clock.advance(REPLICA_REFRESH_MS / 5);
    await hear({ from: version, to: version + 1 });
    follower.tick();
  }
  expect(asked).toMatchObject([{ have: 6, want: "deltas", sent_mono: REPLICA_REFRESH_MS }]);
  expect(cloud.now()).toBeNull();
  clock.advance(30);
  await hear({ from: 6, to: 6, as_of: cloudNow() - 15, echo_mono: REPLICA_REFRESH_MS });
  expect(cloud.now()).toBe(cloudNow());
});
