import type { ReplicaDelta, ReplicaItem, ReplicaSnapshot } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOnlineEdge, type TestEdge } from "./testing/test-edge.ts";
import { type TestPair, until } from "./testing/test-pair.ts";

let pair: TestPair;
let edge: TestEdge;

beforeEach(async () => {
  ({ pair, edge } = await startOnlineEdge());
});

afterEach(async () => {
  await edge.close();
  await pair.hub.kill();
});

const item = (key: string, value = "{}"): ReplicaItem => ({ collection: "blocklist", key, value });
const ITEMS = Array.from({ length: 5 }, (_, index) => item(`k${index}`));
const CHECKSUM = checksumOf(ITEMS);

function part(index: number, items: readonly ReplicaItem[], changes: Partial<ReplicaSnapshot> = {}): ReplicaSnapshot {
  const whole = { version: 4, checksum: CHECKSUM, item_count: ITEMS.length, parts: 2 };
  return { v: 1, kind: "snapshot", ...whole, part: index, items: [...items], ...changes };
}

const delta = (from: number, to: number, put: ReplicaItem, checksum: string): ReplicaDelta => ({
  v: 1,
  kind: "delta",
  from,
  to,
  checksum,
  changes: [{ op: "put", ...put }],
});

const version = (): number => edge.store.replica.status().version;
const saySnapshot = (): void => {
  pair.hub.say("down/replica", part(0, ITEMS.slice(0, 3)));
  pair.hub.say("down/replica", part(1, ITEMS.slice(3)));
};

describe("Verifies: SYNC-09: the replica", () => {
  it("is in force when all parts of a snapshot are there, not before", async () => {
    pair.hub.say("down/replica", part(0, ITEMS.slice(0, 3)));
    pair.hub.say("down/replica", part(0, ITEMS.slice(0, 3)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(version()).toBe(0);
    pair.hub.say("down/replica", part(1, ITEMS.slice(3)));
    await until(() => version() === 4, "version 4");
    expect(edge.store.replica.recomputeChecksum()).toBe(CHECKSUM);
  });

  it("moves on by deltas, each time with the cloud's checksum", async () => {
    saySnapshot();
    const added = item("k9", '{"a":1}');
    pair.hub.say("down/replica", delta(4, 5, added, checksumOf([...ITEMS, added])));
    await until(() => version() === 5, "version 5");
    expect(edge.store.replica.recomputeChecksum()).toBe(checksumOf([...ITEMS, added]));
  });

  it("asks for the way from its version when a delta does not start there", async () => {
    saySnapshot();
    pair.hub.say("down/replica", delta(6, 7, item("k9"), "ab".repeat(32)));
    await until(() => pair.hub.requests.length > 0, "a request");
    expect(pair.hub.requests[0]).toMatchObject({ have: 4, checksum: CHECKSUM, want: "deltas" });
  });

  it("asks for a whole one when the result is not the cloud's, and keeps the version before it", async () => {
    saySnapshot();
    pair.hub.say("down/replica", delta(4, 5, item("k9"), "ab".repeat(32)));
    await until(() => pair.hub.requests.length > 0, "a request");
    expect(pair.hub.requests[0]).toMatchObject({ have: 4, want: "snapshot" });
    expect(edge.store.replica.recomputeChecksum()).toBe(CHECKSUM);
  });

  it("asks once for many messages that don't fit", async () => {
    saySnapshot();
    for (let n = 0; n < 5; n++) pair.hub.say("down/replica", delta(6 + n, 7 + n, item("k9"), "ab".repeat(32)));
    await until(() => pair.hub.requests.length > 0, "a request");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pair.hub.requests.length).toBe(1);
  });

  it("Verifies: SYNC-10: knows when the cloud has said that it is current", async () => {
    saySnapshot();
    await until(() => version() === 4, "version 4");
    const before = edge.store.replica.status().confirmedAt ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 30));
    pair.hub.say("down/replica", { ...delta(4, 4, item("x"), CHECKSUM), changes: [] });
    await until(() => (edge.store.replica.status().confirmedAt ?? 0) > before, "confirmed anew");
  });

  it("follows a cloud that comes back with an earlier version", async () => {
    saySnapshot();
    await until(() => version() === 4, "version 4");
    await pair.hub.kill();
    await pair.hub.start();
    await until(() => pair.hub.hellos.length === 2, "connected again");
    expect(pair.hub.hellos[1]).toMatchObject({ replica_version: 4, replica_checksum: CHECKSUM });
    await until(() => edge.uplink.linkState() === "online", "online");
    const one = [item("only")];
    pair.hub.say("down/replica", part(0, one, { version: 2, checksum: checksumOf(one), item_count: 1, parts: 1 }));
    await until(() => version() === 2, "version 2");
  });
});
