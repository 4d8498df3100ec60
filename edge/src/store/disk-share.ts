import type { EdgeEventBody, EdgeEventType } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { type Clock, sleep, type Timer, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import {
  isGraver,
  nextLevel,
  type PressureLevel,
  pressureLevels,
  roomBytes,
  SHARE_MIN_BYTES,
  type SpaceSeen,
  type StoreShare,
  shareBytes,
} from "@gatehouse/shared/sync/disk-pressure.ts";
import { eventClass } from "@gatehouse/shared/sync/event-classes.ts";
import type { Database } from "better-sqlite3";
import type { ShareStatus } from "./edge-queries.ts";
import type { GroupCommit, MirroredState } from "./group-commit.ts";
import type { JournalEntry } from "./journal.ts";
import { type DroppedTelemetry, droppedAlarm, pressureAlarm } from "./share-words.ts";
import type { Stamp, StoreLog } from "./store-port.ts";

/** How often the store and its disk are measured. */
export const MEASURE_EVERY_MS = 5 * SECOND_MS;
/** Events that make one hundredth of the share are measured at once: from 95 % on there is room for three such looks. */
const MEASURE_AFTER_PART = 0.01;
/** Old rows are deleted for at most this long before a graver level holds. */
const MAKE_ROOM_MAX_MS = 4 * SECOND_MS;

export interface DiskShareOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly commit: () => GroupCommit;
  /** Null: the store has no share, and nothing is ever dropped or refused for it. */
  readonly share: StoreShare | null;
  /** Throws when the disk can't be asked. */
  readonly measure: () => SpaceSeen;
  /** Bytes of events ever written; only its growth counts. */
  readonly writtenBytes: () => number;
  /** Deletes what may be deleted by now, and no more: the keep window stands (SYNC-06). Never rejects. */
  readonly makeRoom: () => Promise<void>;
  readonly stamp: () => Stamp;
  /** Within the running transaction. */
  readonly emit: (body: EdgeEventBody, stamp: Stamp) => void;
  readonly note: (entry: JournalEntry, stamp: Stamp) => void;
}

interface ToldRow {
  readonly told: string;
  readonly dropped: number;
  readonly first_dropped_at: WallMs | null;
  readonly last_dropped_at: WallMs | null;
}

interface Fill {
  readonly usedBytes: number;
  readonly room: number;
  readonly freeBytes: number;
}

const NOTHING_DROPPED: DroppedTelemetry = { count: 0, first: null, last: null };

/**
 * Keeps the store to its share of the disk (SYNC-14): measures it, and says what has to give. The level holds in memory
 * at once; what the cloud was told of it is kept with the alarm itself, so that each change is told once over restarts and
 * over a disk that takes nothing for a while.
 */
export class DiskShare implements MirroredState {
  readonly #options: DiskShareOptions;
  readonly #writeTold: (level: PressureLevel) => void;
  readonly #writeDropped: (dropped: DroppedTelemetry) => void;
  #told: PressureLevel;
  #level: PressureLevel;
  #dropped: DroppedTelemetry;
  #seen: SpaceSeen | null = null;
  #writtenThen: number;
  #timer: Timer | null = null;
  #soon: Timer | null = null;
  #isLooking = false;
  #problem = "";

  constructor(options: DiskShareOptions) {
    const { db } = options;
    const told = db.prepare<[string]>("UPDATE store_pressure SET told = ?");
    const dropped = db.prepare<[number, number | null, number | null]>(
      "UPDATE store_pressure SET dropped = ?, first_dropped_at = ?, last_dropped_at = ?",
    );
    this.#options = options;
    this.#writeTold = (level) => void told.run(level);
    this.#writeDropped = ({ count, first, last }) => void dropped.run(count, first, last);
    const row = readTold(db);
    this.#told = row.level;
    this.#level = options.share === null ? "normal" : row.level;
    this.#dropped = row.dropped;
    this.#writtenThen = options.writtenBytes();
  }

  level(): PressureLevel {
    return this.#level;
  }

  status(): ShareStatus {
    const { share } = this.#options;
    const seen = share === null ? null : this.#seen;
    return {
      level: this.#level,
      usedBytes: seen?.usedBytes ?? 0,
      roomBytes: share && seen && roomBytes(share, seen),
      droppedTelemetry: this.#dropped.count,
      impossible: share && seen && impossibleShare(share, seen),
    };
  }

  /** Whether an event of this type is left out now; one that is, is counted. */
  drops(type: EdgeEventType, { at }: Stamp): boolean {
    if (this.#level === "normal" || eventClass(type) !== "telemetry") return false;
    this.#dropped = { count: this.#dropped.count + 1, first: this.#dropped.first ?? at, last: at };
    this.#options.commit().defer("telemetry_dropped", () => this.#writeDropped(this.#dropped));
    return true;
  }

  save(): () => void {
    const saved = this.#dropped;
    return () => {
      this.#dropped = saved;
    };
  }

  start(): void {
    if (this.#options.share === null) return;
    this.#lookNow();
    this.#timer = this.#options.clock.every(MEASURE_EVERY_MS, () => this.#lookNow());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#soon?.cancel();
  }

  /** Told of each commit: measures anew soon when events have grown much. */
  committed(): void {
    if (this.#options.share === null || this.#soon !== null || this.#seen === null) return;
    const grown = Math.abs(this.#options.writtenBytes() - this.#writtenThen);
    if (grown < MEASURE_AFTER_PART * this.#fill().room) return;
    this.#soon = this.#options.clock.after(0, () => {
      this.#soon = null;
      this.#lookNow();
    });
  }

  #lookNow(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#look()
      .catch((error: unknown) => this.#warnOnce(`A change of level is told later: ${errorMessage(error)}`))
      .finally(() => {
        this.#isLooking = false;
      });
  }

  async #look(): Promise<void> {
    const { log } = this.#options;
    let next = this.#judge();
    if (isGraver(next, this.#level)) {
      await this.#makeRoom();
      next = this.#judge();
    }
    if (next !== this.#level) log.warn({ from: this.#level, to: next }, pressureAlarm(next, this.#fill()).detail);
    this.#level = next;
    if (next !== this.#told) await this.#tell(next);
  }

  async #makeRoom(): Promise<void> {
    const { clock, makeRoom } = this.#options;
    const enough = new AbortController();
    await Promise.race([makeRoom(), sleep(clock, MAKE_ROOM_MAX_MS, enough.signal)]);
    enough.abort();
  }

  /** The level by a new measure; the old one while the disk can't be asked. */
  #judge(): PressureLevel {
    const { share, measure, writtenBytes } = this.#options;
    if (share === null) return "normal";
    this.#writtenThen = writtenBytes();
    try {
      this.#seen = measure();
    } catch (error) {
      this.#warnOnce(`The gate's disk can't be measured; the last level holds: ${errorMessage(error)}`);
      return this.#level;
    }
    this.#warnOnce(impossibleShare(share, this.#seen) ?? "");
    return nextLevel(this.#level, this.#fill());
  }

  #fill(): Fill {
    const { share } = this.#options;
    if (this.#seen === null || share === null) return { usedBytes: 0, room: 0, freeBytes: 0 };
    const { usedBytes, freeBytes } = this.#seen;
    return { usedBytes, room: roomBytes(share, this.#seen), freeBytes };
  }

  /** The change, its alarm, and after it what was dropped: one transaction. */
  async #tell(next: PressureLevel): Promise<void> {
    const { commit, stamp, emit, note } = this.#options;
    const fill = this.#fill();
    await commit().transact(() => {
      const now = stamp();
      this.#writeTold(next);
      emit(pressureAlarm(next, fill), now);
      note({ laneId: null, kind: "store.pressure", data: { from: this.#told, to: next, ...fill } }, now);
      if (next !== "normal" || this.#dropped.count === 0) return;
      emit(droppedAlarm(this.#dropped), now);
      this.#dropped = NOTHING_DROPPED;
      this.#writeDropped(NOTHING_DROPPED);
    });
    this.#told = next;
  }

  #warnOnce(problem: string): void {
    if (problem !== "" && problem !== this.#problem) this.#options.log.warn({}, problem);
    this.#problem = problem;
  }
}

function readTold(db: Database): { readonly level: PressureLevel; readonly dropped: DroppedTelemetry } {
  const row = db
    .prepare<[], ToldRow>("SELECT told, dropped, first_dropped_at, last_dropped_at FROM store_pressure")
    .get();
  if (row === undefined) return { level: "normal", dropped: NOTHING_DROPPED };
  const { told, dropped: count, first_dropped_at: first, last_dropped_at: last } = row;
  return { level: pressureLevels.find((one) => one === told) ?? "normal", dropped: { count, first, last } };
}

/** Why the share can't be what is configured, and what to do; null when it can. */
export function impossibleShare(share: StoreShare, space: SpaceSeen): string | null {
  const wanted = shareBytes(share, space.totalBytes);
  const room = roomBytes(share, space);
  const mib = (bytes: number): number => Math.floor(bytes / 1_048_576);
  if (wanted < SHARE_MIN_BYTES)
    return `GATEHOUSE_STORE_SHARE is ${mib(wanted)} MiB; under ${mib(SHARE_MIN_BYTES)} MiB the replica and the journal alone can fill it. Set a larger one.`;
  if (room < wanted)
    return `GATEHOUSE_STORE_SHARE is ${mib(wanted)} MiB, but only ${mib(room)} MiB can be had on this disk of ${mib(space.totalBytes)} MiB. Free some space, or set a smaller share.`;
  return null;
}
