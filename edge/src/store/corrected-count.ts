import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Database } from "better-sqlite3";
import type { MirroredState } from "./group-commit.ts";

/** A passage that changed no session: what it does to a count that sessions don't tell of. */
export type CountChange = "came_in" | "went_out" | "unpaired";

/** Counts by key (a spot type, an area): sessions that are inside, plus corrections by passages without a session. */
export interface CorrectedCount extends MirroredState {
  /** Never below zero, however many vehicles left unseen before. */
  all(): Readonly<Record<string, number>>;
  /** A session came (1) or went (-1). */
  session(key: string, delta: 1 | -1): void;
  /** A session ended whose vehicle had gone out unseen: a `went_out` that stood for it is taken back. */
  superseded(key: string): void;
  /**
   * A passage that changed no session; written to the disk, since no session's row tells of it. `unpaired`: a vehicle
   * went out that had come in without a session, so that the correction of its entry, if there was one, is taken back.
   */
  correct(key: string, change: CountChange): void;
}

type Counts = Readonly<Record<string, number>>;

/** `sessions` are the counts at the start; corrections lie in `table`, whose key column is `column`. */
export function createCorrectedCount(
  db: Database,
  { table, column }: { readonly table: string; readonly column: string },
  sessions: Counts,
): CorrectedCount {
  const read = db.prepare<[], { key: string; inside: number }>(`SELECT ${column} AS key, inside FROM ${table}`);
  const write = db.prepare<[string, number]>(
    `INSERT INTO ${table} (${column}, inside) VALUES (?, ?) ON CONFLICT (${column}) DO UPDATE SET inside = excluded.inside`,
  );
  let state: { readonly sessions: Counts; readonly corrections: Counts } = {
    sessions,
    corrections: Object.fromEntries(read.all().map((row) => [row.key, row.inside])),
  };

  function keep(key: string, correction: number): void {
    write.run(key, correction);
    state = { ...state, corrections: { ...state.corrections, [key]: correction } };
  }

  return {
    all: () => sumOf(state.sessions, state.corrections),
    session: (key, delta) => {
      const inside = Math.max(0, (state.sessions[key] ?? 0) + delta);
      state = { ...state, sessions: { ...state.sessions, [key]: inside } };
    },
    superseded: (key) => {
      const correction = state.corrections[key] ?? 0;
      if (correction < 0) keep(key, correction + 1);
    },
    correct: (key, change) => {
      const before = state.corrections[key] ?? 0;
      const after = corrected(before, change, state.sessions[key] ?? 0);
      if (after !== before) keep(key, after);
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
function corrected(before: number, change: CountChange, inside: number): number {
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

function sumOf(sessions: Counts, corrections: Counts): Counts {
  const sum: Record<string, number> = {};
  for (const key of new Set([...Object.keys(sessions), ...Object.keys(corrections)])) {
    sum[key] = Math.max(0, (sessions[key] ?? 0) + (corrections[key] ?? 0));
  }
  return sum;
}
