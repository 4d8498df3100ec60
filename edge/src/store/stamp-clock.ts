import type { ClockQuality } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, later, monoMs, type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Database } from "better-sqlite3";
import type { GroupCommit } from "./group-commit.ts";
import type { Stamp } from "./store-port.ts";

/** How far synced time runs ahead of the kept floor before the floor is written again. */
const FLOOR_STEP_MS = MINUTE_MS;
/** Boots that are remembered. */
const BOOTS_KEPT = 100;

export interface StampClockOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly clockQuality: () => ClockQuality;
  readonly boot: Uuid;
}

export interface StampClock {
  stamp(): Stamp;
  /** The latest time that was synced, of all runs. */
  floor(): WallMs;
  /** Keeps the floor at synced time, without a flush of its own. */
  keepFloor(commit: GroupCommit): void;
}

/**
 * Stamps with wall time that never lies before the latest synced time this store has seen (SYNC-13): after a boot in
 * 1970 time goes on from that floor by the monotonic clock, with quality `unknown`. A clock that is synced is believed
 * even below the floor, and no other raises it: a battery-backed clock that reads 2099 would shut out the true time.
 */
export function createStampClock({ db, clock, clockQuality, boot }: StampClockOptions): StampClock {
  let floor = wallMs(db.prepare<[], number>("SELECT at FROM time_floor").pluck().get() ?? 0);
  const openedMono = clock.mono();
  const openedFloor = floor;
  const writeFloor = db.prepare<[number]>("UPDATE time_floor SET at = ?");

  function stamp(): Stamp {
    const wall = clock.wall();
    const quality = clockQuality();
    const mono = monoMs(Math.max(0, Math.floor(clock.mono())));
    if (wall >= floor || quality === "synced") return { at: wholeMs(wall), mono, boot, quality };
    const sinceOpen = later(openedFloor, clock.mono() - openedMono);
    return { at: wholeMs(wallMs(Math.max(floor, sinceOpen))), mono, boot, quality: "unknown" };
  }

  function keepFloor(commit: GroupCommit): void {
    const { at, quality } = stamp();
    if (quality !== "synced" || Math.abs(at - floor) <= FLOOR_STEP_MS) return;
    floor = at;
    commit.defer("time_floor", () => writeFloor.run(at));
  }

  recordBoot(db, stamp());
  return { stamp, floor: () => floor, keepFloor };
}

function recordBoot(db: Database, { boot, at, quality }: Stamp): void {
  db.prepare("INSERT INTO boots (boot_id, started_at, quality) VALUES (?, ?, ?)").run(boot, at, quality);
  db.prepare("DELETE FROM boots WHERE rowid <= (SELECT max(rowid) FROM boots) - ?").run(BOOTS_KEPT);
}

function wholeMs(at: WallMs): WallMs {
  return wallMs(Math.round(at));
}
