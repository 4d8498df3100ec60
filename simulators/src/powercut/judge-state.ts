import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openReader } from "@gatehouse/edge/store/open-database.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import { edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { chainHash } from "@gatehouse/shared/sync/hash-chain.ts";
import type { Ack } from "./ack.ts";
import type { CrashState } from "./crash-disk.ts";

const WHOLE = { maxEvents: 1_000_000, maxBytes: 1_000_000_000 };
const quiet = (): void => undefined;

/**
 * Starts the store on what a power cut left, as the agent does, and says all that is wrong with it; empty when every step
 * that was acknowledged is there, whole. `acked` is the last of them, null when the power went before the first.
 */
export async function judgeState(state: CrashState, acked: Ack | null, folder: string): Promise<readonly string[]> {
  writeState(state, folder);
  try {
    const wrong = await judgeStore(folder, acked);
    const integrity = integrityOf(folder);
    return integrity === "ok" ? wrong : [...wrong, `integrity_check: ${integrity}`];
  } catch (error) {
    return [errorMessage(error)];
  }
}

/** Writes the files of a state into a folder that has nothing else. */
export function writeState(state: CrashState, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of state) writeFileSync(join(folder, name), content);
}

async function judgeStore(folder: string, acked: Ack | null): Promise<readonly string[]> {
  const clock = new ManualClock({ wall: wallMs(Date.UTC(2026, 2, 3)) });
  const newId = uuidv7Source(clock, systemRandom);
  const log = { info: quiet, warn: quiet, error: quiet };
  const store = openStore({ directory: folder, clock, newId, clockQuality: () => "synced", log });
  try {
    return [...judgeOutbox(store, acked), ...judgeRest(store, acked), ...(await judgeNext(store))];
  } finally {
    await store.close();
  }
}

/** SYNC-01, SYNC-02: nothing acknowledged is gone, nothing stands twice, no number is missing, the chain is whole. */
function judgeOutbox(store: EdgeStore, acked: Ack | null): readonly string[] {
  const { outbox } = store;
  const head = outbox.head();
  const wrong: string[] = [];
  if (acked !== null && head.epoch < acked.epoch)
    wrong.push(`epoch ${acked.epoch} was acknowledged, ${head.epoch} is there`);
  if (acked !== null) {
    const hash = outbox.hashAt(acked.lastN);
    const isPruned = hash === null && acked.lastN <= head.confirmedN;
    if (head.lastN < acked.lastN) wrong.push(`lost: ${acked.lastN} events were acknowledged, ${head.lastN} are there`);
    else if (hash !== acked.lastHash && !isPruned)
      wrong.push(`event ${acked.lastN} is another one than was acknowledged`);
  }
  if (head.confirmedN > head.lastN) wrong.push("more is confirmed than was written");
  const kept = outbox.readBatch(head.confirmedN + 1, WHOLE)?.lines ?? [];
  const numbers = kept.map((line) => edgeEvent.parse(JSON.parse(line)).n);
  if (numbers.some((n, at) => n !== head.confirmedN + 1 + at)) wrong.push("numbers are missing or stand twice");
  if (head.confirmedN + kept.length !== head.lastN) wrong.push(`${kept.length} lines up to ${head.lastN}`);
  if (kept.reduce(chainHash, head.confirmedHash) !== head.lastHash) wrong.push("the chained hash doesn't hold");
  return wrong;
}

/** What is not an event: the replica is one of the versions whole, and each stay that was told of is there (SYNC-01, SYNC-09). */
function judgeRest(store: EdgeStore, acked: Ack | null): readonly string[] {
  const { replica, outbox, records } = store;
  const { version, checksum } = replica.status();
  const wrong: string[] = [];
  if (acked !== null && version < acked.replicaVersion)
    wrong.push(`lost: replica ${acked.replicaVersion}, ${version} is there`);
  if (replica.recomputeChecksum() !== checksum) wrong.push("the replica's items don't have its checksum");
  const lines = outbox.readBatch(outbox.head().confirmedN + 1, WHOLE)?.lines ?? [];
  for (const line of lines) {
    const { n, body } = edgeEvent.parse(JSON.parse(line));
    if (body.type === "session.opened" && records.sessions.find(body.session_id) === null)
      wrong.push(`event ${n} tells of a stay that isn't there`);
  }
  return wrong;
}

/** It goes on where it stopped. */
async function judgeNext(store: EdgeStore): Promise<readonly string[]> {
  const { lastN } = store.outbox.head();
  const n = await store.outbox.append({ type: "alarm.raised", code: "power_cut", lane_id: null, detail: "" });
  return n === lastN + 1 ? [] : [`the next event has number ${n} after ${lastN}`];
}

function integrityOf(folder: string): string {
  const db = openReader(folder);
  try {
    return String(db.pragma("integrity_check", { simple: true }));
  } finally {
    db.close();
  }
}
