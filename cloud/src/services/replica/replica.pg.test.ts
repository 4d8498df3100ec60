import { REPLICA_PART_MAX_ITEMS } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import {
  type ReplicaChange,
  type ReplicaItem,
  type ReplicaMessage,
  replicaMessage,
} from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { BlocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { checksumOf } from "@gatehouse/shared/sync/replica-checksum.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HubRig, startHubRig } from "../../hub/testing/hub-rig.ts";
import { TestEdge } from "../../hub/testing/test-edge.ts";
import type { ReplicaEdit } from "./next-version.ts";
import { readReplicaUpdate } from "./read-update.ts";
import { recordReplicaChanges } from "./record-change.ts";

let rig: HubRig;
const random = seededRandom(5);
let seed = 400;

beforeAll(async () => {
  rig = await startHubRig();
});
afterAll(() => rig?.close());

function entry(id: string, plate: string): BlocklistEntry {
  return { entry_id: id, plate, action: "refuse", reason: "unpaid", until: null };
}

function put(id: string, plate = "AB123"): ReplicaEdit {
  return { op: "put", collection: "blocklist", value: entry(id, plate) };
}

function record(lotId: string, edits: readonly ReplicaEdit[]): Promise<{ readonly version: number }> {
  return rig.database.db.transaction((tx) => recordReplicaChanges(tx, lotId, edits));
}

/** An edge's replica as SYNC-09 asks for it: applies deltas and snapshots, and compares checksums. */
class Follower {
  version = 0;
  items = new Map<string, ReplicaItem>();
  #parts: ReplicaItem[] = [];

  get checksum(): string {
    return checksumOf(this.items.values());
  }

  apply(message: ReplicaMessage): void {
    if (message.kind === "delta") {
      expect(message.from).toBe(this.version);
      for (const change of message.changes) this.#change(change);
      this.version = message.to;
    } else {
      this.#parts = message.part === 0 ? message.items : [...this.#parts, ...message.items];
      if (message.part < message.parts - 1) return;
      expect(this.#parts).toHaveLength(message.item_count);
      this.items = new Map(this.#parts.map((item) => [`${item.collection}\0${item.key}`, item]));
      this.version = message.version;
    }
    expect(this.checksum).toBe(message.checksum);
  }

  #change(change: ReplicaChange): void {
    const place = `${change.collection}\0${change.key}`;
    if (change.op === "delete") this.items.delete(place);
    else this.items.set(place, { collection: change.collection, key: change.key, value: change.value });
  }
}

async function follow(lotId: string, follower: Follower, want: "deltas" | "snapshot" = "deltas"): Promise<string[]> {
  const have = { version: follower.version, checksum: follower.checksum };
  const { messages } = await readReplicaUpdate(rig.database.db, { lotId, have, want });
  for (const message of messages) follower.apply(replicaMessage.parse(message));
  return messages.map(({ kind }) => kind);
}

test("Verifies: SYNC-09 any history of changes leads followers that join at any time to the same checksum", async () => {
  const { lotId } = await rig.addOperator(seed++);
  const early = new Follower();
  await follow(lotId, early);
  const ids = Array.from({ length: 12 }, () => formatUuid(random.bytes(16)));
  for (let step = 0; step < 30; step++) {
    const edits = ids
      .filter(() => random.next() < 0.3)
      .map(
        (id): ReplicaEdit =>
          random.next() < 0.4 ? { op: "delete", collection: "blocklist", key: id } : put(id, `P${step}`),
      );
    await record(lotId, edits);
    if (random.next() < 0.5) expect(await follow(lotId, early)).not.toContain("snapshot");
  }
  await follow(lotId, early);
  const late = new Follower();
  await follow(lotId, late, "snapshot");
  expect([...late.items].sort()).toEqual([...early.items].sort());
  expect(late.version).toBe(early.version);
});

test("Verifies: SYNC-09 parallel writers get versions without holes, and a change that fails leaves no trace", async () => {
  const { lotId } = await rig.addOperator(seed++);
  const follower = new Follower();
  await follow(lotId, follower);
  const start = follower.version;
  await Promise.all(Array.from({ length: 10 }, () => record(lotId, [put(formatUuid(random.bytes(16)))])));
  const failing = rig.database.db.transaction(async (tx) => {
    await recordReplicaChanges(tx, lotId, [put(formatUuid(random.bytes(16)))]);
    throw new Error("the caller's change failed");
  });
  await expect(failing).rejects.toThrow("the caller's change failed");
  expect(await follow(lotId, follower)).toEqual(["delta"]);
  expect(follower.version).toBe(start + 10);
});

test("an edit that changes nothing makes no version, and one that breaks its contract is refused", async () => {
  const { lotId } = await rig.addOperator(seed++);
  const id = formatUuid(random.bytes(16));
  const { version } = await record(lotId, [put(id), put(id, "CD456")]);
  expect(await record(lotId, [put(id, "CD456")])).toEqual({ version });
  expect(await record(lotId, [{ op: "delete", collection: "blocklist", key: "nobody" }])).toEqual({ version });
  await expect(record(lotId, [put(id, "")])).rejects.toMatchObject({ code: "replica_item_invalid" });
});

test("Verifies: SYNC-09 an edge whose checksum differs, or that is ahead, or too far behind, gets a whole snapshot in parts", async () => {
  const { lotId } = await rig.addOperator(seed++);
  const many = Array.from({ length: REPLICA_PART_MAX_ITEMS + 5 }, () => put(formatUuid(random.bytes(16))));
  const behind = new Follower();
  await follow(lotId, behind);
  const { version } = await record(lotId, many);
  const parts = await follow(lotId, behind);
  expect(parts.length).toBeGreaterThan(1);
  expect(new Set(parts)).toEqual(new Set(["snapshot"]));
  const ask = (have: { version: number; checksum: string }) =>
    readReplicaUpdate(rig.database.db, { lotId, have, want: "deltas" }).then(({ messages }) =>
      messages.map(({ kind }) => kind),
    );
  expect(await ask({ version, checksum: "a".repeat(64) })).toEqual(parts);
  expect(await ask({ version: version + 3, checksum: behind.checksum })).toEqual(parts);
  expect(await ask({ version, checksum: behind.checksum })).toEqual(["delta"]);
});

test("Verifies: SYNC-09 a connected edge gets a change at once, and on its request what it lacks", async () => {
  const sample = await rig.addOperator(seed++);
  const edge = await TestEdge.connect(await rig.enrol(sample));
  const follower = new Follower();
  await edge.hello({ replica_version: 0, replica_checksum: follower.checksum });
  const take = async (): Promise<void> =>
    follower.apply(replicaMessage.parse(JSON.parse(await edge.next("down/replica"))));
  await take();
  for (let i = 0; i < 5; i++) {
    await record(sample.lotId, [put(formatUuid(random.bytes(16)))]);
    await edge.next("down/replica", (text) => {
      follower.apply(replicaMessage.parse(JSON.parse(text)));
      return true;
    });
  }
  const request = { v: 1, device_id: edge.identity.deviceId, have: follower.version, checksum: follower.checksum };
  await edge.send("up/replica-request", JSON.stringify({ ...request, want: "deltas" }));
  expect(JSON.parse(await edge.next("down/replica"))).toMatchObject({
    kind: "delta",
    from: follower.version,
    to: follower.version,
  });
  await edge.send("up/replica-request", JSON.stringify({ ...request, want: "snapshot" }));
  expect(JSON.parse(await edge.next("down/replica"))).toMatchObject({ kind: "snapshot", version: follower.version });
  await edge.end();
});
