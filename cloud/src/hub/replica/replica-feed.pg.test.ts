import { type ReplicaMessage, replicaMessage } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { BlocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReplicaEdit } from "../../services/replica/next-version.ts";
import { recordReplicaChanges } from "../../services/replica/record-change.ts";
import { eventually, type HubRig, startHubRig } from "../testing/hub-rig.ts";
import { TestEdge } from "../testing/test-edge.ts";

let rig: HubRig;
let seed = 700;
const logged: string[] = [];

beforeAll(async () => {
  rig = await startHubRig({ log: pino({ level: "warn" }, { write: (line) => void logged.push(line) }) });
});
afterAll(() => rig?.close());

async function connect(): Promise<{ edge: TestEdge; lotId: string }> {
  const sample = await rig.addOperator(seed++);
  return { edge: await TestEdge.connect(await rig.enrol(sample)), lotId: sample.lotId };
}

const versionOf = (message: ReplicaMessage): number => (message.kind === "delta" ? message.to : message.version);

async function nextReplica(edge: TestEdge): Promise<ReplicaMessage> {
  return replicaMessage.parse(JSON.parse(await edge.next("down/replica")));
}

function edit(): ReplicaEdit {
  const entry_id = formatUuid(systemRandom.bytes(16));
  const value: BlocklistEntry = { entry_id, plate: "AB123", action: "refuse", reason: "unpaid", until: null };
  return { op: "put", collection: "blocklist", value };
}

test("Verifies: SYNC-10: an edge whose replica is current hears so with the answer to its hello", async () => {
  const { edge } = await connect();
  await edge.hello();
  const first = await nextReplica(edge);
  const { checksum } = first;
  const version = versionOf(first);
  await edge.end();
  const again = await TestEdge.connect(edge.identity);
  await again.hello({ replica_version: version, replica_checksum: checksum });
  const told = await nextReplica(again);
  expect(told).toMatchObject({ kind: "delta", from: version, to: version, checksum, changes: [] });
  expect(Math.abs(Date.now() - (told.as_of ?? 0))).toBeLessThan(60_000);
  await again.end();
});

test("Verifies: SYNC-13: the first answer to a question repeats when the edge asked, so that it can measure the cloud's time", async () => {
  const { edge } = await connect();
  await edge.hello();
  const { checksum, ...told } = await nextReplica(edge);
  const have = told.kind === "delta" ? told.to : told.version;
  const question = { v: 4, device_id: edge.identity.deviceId, have, checksum, want: "deltas", sent_mono: 8_150 };
  await edge.send("up/replica-request", JSON.stringify(question));
  expect(await nextReplica(edge)).toMatchObject({ from: have, to: have, echo_mono: 8_150 });
  await edge.end();
});

test("Verifies: SYNC-09: a question that repeats while its answer is on the way brings no second copy", async () => {
  const { edge, lotId } = await connect();
  await edge.hello();
  const request = { v: 3, device_id: edge.identity.deviceId, have: 0, checksum: EMPTY_CHECKSUM, want: "deltas" };
  for (let i = 0; i < 3; i++) await edge.send("up/replica-request", JSON.stringify(request));
  const version = versionOf(await nextReplica(edge));
  // What changes meanwhile leads on from the copy that is under way.
  await rig.database.db.transaction((tx) => recordReplicaChanges(tx, lotId, [edit()]));
  expect(await nextReplica(edge)).toMatchObject({ kind: "delta", from: version, to: version + 1 });
  expect(edge.received.filter(({ topic }) => topic === "down/replica")).toEqual([]);
  await edge.end();
});

test("Verifies: SYNC-10: a change that the database could not be asked for in time goes out when it answers again", async () => {
  const { edge, lotId } = await connect();
  await edge.hello();
  const version = versionOf(await nextReplica(edge));
  const { db, pool } = rig.database;
  await db.transaction(async (tx) => {
    await recordReplicaChanges(tx, lotId, [edit()]);
    await tx.execute("ALTER TABLE replica_changes RENAME COLUMN changes TO set_aside");
  });
  try {
    await eventually(async () => logged.some((line) => line.includes(lotId) && line.includes("tried again")), 15_000);
  } finally {
    await pool.query("ALTER TABLE replica_changes RENAME COLUMN set_aside TO changes");
  }
  expect(await nextReplica(edge)).toMatchObject({ kind: "delta", from: version, to: version + 1 });
  await edge.end();
});
