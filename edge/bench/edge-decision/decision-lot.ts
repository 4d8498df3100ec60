import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { type NewId, uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { DecisionDesk, LaneDecision } from "../../src/decision/decision-desk.ts";
import { createDecisionDesk } from "../../src/decision/desk.ts";
import {
  ENTRY_LANE,
  LOT_ID,
  loadReplica,
  lotItem,
  permitItem,
  samplePermit,
  samplePolicy,
  tariffItem,
} from "../../src/decision/testing/lot-sample.ts";
import { databasePath } from "../../src/store/open-database.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { EdgeStore, StoreLog } from "../../src/store/store-port.ts";

/** Where the shared memory of a write-ahead log has the number of its valid frames (sqlite.org/walformat.html, 2.1.1). */
const FRAMES_OFFSET = 16;
/** A page and its frame header (sqlite.org/walformat.html, 1.2). */
const FRAME_BYTES = 4_096 + 24;

/** A lot with many permits whose vehicles come in one after another. */
export interface DecisionLot {
  readonly store: EdgeStore;
  readonly desk: DecisionDesk;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: StoreLog;
  readonly lotId: string;
  readonly directory: string;
  /** The parsed read of the next vehicle, each of another permit until all have come. */
  nextRead(): ReadEvidence;
  /** The desk alone: a parsed read in, the durable decision out. */
  decideNext(): Promise<LaneDecision>;
  /** The vehicle has passed. */
  pass(decision: LaneDecision): Promise<void>;
  /** Bytes in the write-ahead log now; it starts over now and then. */
  logBytes(): number;
  close(): Promise<void>;
}

/** Opens a store in a new directory and puts `permits` permits in force. */
export async function openDecisionLot(permits: number): Promise<DecisionLot> {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const clock = systemClock();
  const newId = uuidv7Source(clock, systemRandom);
  const quiet = (): void => {};
  const log = { info: quiet, warn: quiet, error: quiet };
  const store = openStore({ directory, clock, newId, clockQuality: () => "synced", log });
  await loadReplica(store, [lotItem(samplePolicy()), tariffItem(), ...permitItems(permits)]);
  const desk = createDecisionDesk({
    store,
    site: { lot_id: LOT_ID },
    newId,
    clock,
    log,
    clockQuality: () => "synced",
    linkState: () => "online",
  });
  const sharedMemory = openSync(`${databasePath(directory)}-shm`, "r");
  let next = 0;
  const nextRead = (): ReadEvidence => readOf(plateOf((next++ * 7_919) % permits), clock);
  return {
    store,
    desk,
    clock,
    newId,
    log,
    lotId: LOT_ID,
    directory,
    nextRead,
    decideNext: () => {
      const read = nextRead();
      const credential = { kind: "plate", value: read.raw } as const;
      return desk.decide({ laneId: ENTRY_LANE, direction: "entry", credential, read, override: null });
    },
    pass: ({ movementId }) => desk.finish({ movementId, outcome: "passed", endedAt: clock.wall() }),
    logBytes: () => {
      const frames = Buffer.alloc(4);
      readSync(sharedMemory, frames, 0, frames.length, FRAMES_OFFSET);
      return frames.readUInt32LE() * FRAME_BYTES;
    },
    close: async () => {
      await store.close();
      // Not before: closing a descriptor of the file drops this process's locks on it.
      closeSync(sharedMemory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function readOf(plate: string, clock: Clock): ReadEvidence {
  return {
    raw: plate,
    normalised: plate,
    matched: null,
    confidence: 0.97,
    source: "cam-1",
    vendor_event_id: "00000000-1111",
    captured_at: clock.wall(),
    received_at: clock.wall(),
  };
}

function permitItems(count: number): ReplicaItem[] {
  return Array.from({ length: count }, (_, at) =>
    permitItem(samplePermit(`P${at}`, plateOf(at), { max_concurrent: 1_000 })),
  );
}

function plateOf(at: number): string {
  return `KAX${100_000 + at}`;
}
