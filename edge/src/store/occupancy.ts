import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotCounts } from "@gatehouse/shared/domain/access/facts.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Database } from "better-sqlite3";
import type { MirroredState } from "./group-commit.ts";
import type { SessionRows } from "./session-rows.ts";

export interface Occupancy extends MirroredState {
  counts(): LotCounts;
  /** A session opened (1) or ended (-1). */
  session(spotType: SpotType, delta: 1 | -1): void;
  /** A session ended whose vehicle had gone out unseen: a `went_out` that stood for it is taken back. */
  superseded(spotType: SpotType): void;
  /**
   * A passage that changed no session; written to the disk, since no session's row tells of it. `unpaired`: a vehicle
   * went out that had come in without a session, so that the correction of its entry, if there was one, is taken back.
   */
  correct(spotType: SpotType, change: "came_in" | "went_out" | "unpaired"): void;
}

interface Counts {
  readonly sessions: Partial<Readonly<Record<SpotType, number>>>;
  readonly corrections: Partial<Readonly<Record<SpotType, number>>>;
}

/**
 * How many vehicles are inside: the sessions that are, plus corrections by passages that nobody decided. Kept in memory so
 * that a decision doesn't count rows; what it says is never below zero, however many vehicles left unseen before.
 */
export function createOccupancy(db: Database, rows: SessionRows): Occupancy {
  const read = db.prepare<[], { spot_type: SpotType; inside: number }>(
    "SELECT spot_type, inside FROM count_corrections",
  );
  const write = db.prepare<[string, number]>(
    `INSERT INTO count_corrections (spot_type, inside) VALUES (?, ?)
     ON CONFLICT (spot_type) DO UPDATE SET inside = excluded.inside`,
  );
  let state: Counts = {
    sessions: Object.fromEntries(rows.countInside()),
    corrections: Object.fromEntries(read.all().map((row) => [row.spot_type, row.inside])),
  };

  return {
    counts: () => countsOf(state),
    session: (spotType, delta) => {
      const inside = Math.max(0, (state.sessions[spotType] ?? 0) + delta);
      state = { ...state, sessions: { ...state.sessions, [spotType]: inside } };
    },
    superseded: (spotType) => {
      const correction = state.corrections[spotType] ?? 0;
      if (correction >= 0) return;
      write.run(spotType, correction + 1);
      state = { ...state, corrections: { ...state.corrections, [spotType]: correction + 1 } };
    },
    correct: (spotType, change) => {
      const inside = state.sessions[spotType] ?? 0;
      const before = state.corrections[spotType] ?? 0;
      const correction = corrected(before, change, inside);
      if (correction === before) return;
      write.run(spotType, correction);
      state = { ...state, corrections: { ...state.corrections, [spotType]: correction } };
    },
    save: () => {
      const saved = state;
      return () => {
        state = saved;
      };
    },
  };
}

/** The sum stays at zero or above: one more leaving than came in was a miscount before, not minus one vehicle. */
function corrected(before: number, change: "came_in" | "went_out" | "unpaired", inside: number): number {
  switch (change) {
    case "came_in":
      return before + 1;
    case "went_out":
      return Math.max(-inside, before - 1);
    case "unpaired":
      return before > 0 ? before - 1 : before;
    default:
      return assertNever(change);
  }
}

function countsOf({ sessions, corrections }: Counts): LotCounts {
  const types = new Set([...Object.keys(sessions), ...Object.keys(corrections)] as SpotType[]);
  const insideBySpotType: Partial<Record<SpotType, number>> = {};
  let inside = 0;
  for (const type of types) {
    const count = Math.max(0, (sessions[type] ?? 0) + (corrections[type] ?? 0));
    insideBySpotType[type] = count;
    inside += count;
  }
  return { inside, insideBySpotType };
}
