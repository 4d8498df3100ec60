import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import type { Database } from "better-sqlite3";
import type { MirroredState } from "./group-commit.ts";
import { storeError } from "./store-errors.ts";

export interface GenerationRow {
  readonly generation: number;
  readonly version: number;
  /** Of the items that are in it. */
  readonly checksum: string;
  readonly items: number;
  readonly confirmedAt: WallMs | null;
}

/** The generation in force, in memory; goes back with its transaction. */
export interface GenerationHolder extends MirroredState {
  get(): GenerationRow;
  set(row: GenerationRow): void;
}

const COLUMNS = "generation, version, checksum, items, confirmed_at AS confirmedAt";

/** Reads the generation in force. Throws `store_corrupt` when the store has none. */
export function holdGeneration(db: Database): GenerationHolder {
  const found = db
    .prepare<[], GenerationRow>(`SELECT ${COLUMNS} FROM replica_generations WHERE state = 'current'`)
    .get();
  if (found === undefined)
    throw storeError("store_corrupt", "The gate's store has no replica row: set the store aside.");
  let row: GenerationRow = { ...found, confirmedAt: found.confirmedAt === null ? null : wallMs(found.confirmedAt) };
  return {
    get: () => row,
    set: (next) => {
      row = next;
    },
    save: () => {
      const saved = row;
      return () => {
        row = saved;
      };
    },
  };
}

export interface Generations {
  update(row: GenerationRow): void;
  setConfirmed(generation: number, at: WallMs): void;
  stagedFor(version: number, targetChecksum: string): GenerationRow | null;
  /** Gives up whatever was staged before. */
  beginStaging(version: number, targetChecksum: string): GenerationRow;
  /** False when the part is there already. */
  claimPart(generation: number, part: number): boolean;
  partsOf(generation: number): number;
  promote(generation: number): void;
  drop(generation: number): void;
  dropped(): number | null;
  forget(generation: number): void;
}

/** The rows of the generations, within the running transaction. */
export function prepareGenerations(db: Database): Generations {
  const update = db.prepare<[number, string, number, number]>(
    "UPDATE replica_generations SET version = ?, checksum = ?, items = ? WHERE generation = ?",
  );
  const setState = db.prepare<[string, number]>("UPDATE replica_generations SET state = ? WHERE generation = ?");
  const dropStaged = db.prepare("UPDATE replica_generations SET state = 'dropped' WHERE state = 'staged'");
  const findStaged = db.prepare<[number, string], GenerationRow>(
    `SELECT ${COLUMNS} FROM replica_generations WHERE state = 'staged' AND version = ? AND target_checksum = ?`,
  );
  const insert = db.prepare<[number, string, string]>(
    "INSERT INTO replica_generations (state, version, checksum, items, target_checksum) VALUES ('staged', ?, ?, 0, ?)",
  );
  const setConfirmed = db.prepare<[number, number]>(
    "UPDATE replica_generations SET confirmed_at = ? WHERE generation = ?",
  );
  const claim = db.prepare<[number, number]>(
    "INSERT OR IGNORE INTO replica_staged_parts (generation, part) VALUES (?, ?)",
  );
  const parts = db.prepare<[number], number>("SELECT count(*) FROM replica_staged_parts WHERE generation = ?").pluck();
  const forgetParts = db.prepare<[number]>("DELETE FROM replica_staged_parts WHERE generation = ?");
  const forget = db.prepare<[number]>("DELETE FROM replica_generations WHERE generation = ?");
  const dropped = db
    .prepare<[], number>("SELECT generation FROM replica_generations WHERE state = 'dropped' LIMIT 1")
    .pluck();

  return {
    update: ({ version, checksum, items, generation }) => void update.run(version, checksum, items, generation),
    setConfirmed: (generation, at) => void setConfirmed.run(at, generation),
    stagedFor: (version, target) => findStaged.get(version, target) ?? null,
    beginStaging: (version, target) => {
      dropStaged.run();
      const generation = Number(insert.run(version, EMPTY_CHECKSUM, target).lastInsertRowid);
      return { generation, version, checksum: EMPTY_CHECKSUM, items: 0, confirmedAt: null };
    },
    claimPart: (generation, part) => claim.run(generation, part).changes === 1,
    partsOf: (generation) => parts.get(generation) ?? 0,
    promote: (generation) => void setState.run("current", generation),
    drop: (generation) => void setState.run("dropped", generation),
    dropped: () => dropped.get() ?? null,
    forget: (generation) => {
      forgetParts.run(generation);
      forget.run(generation);
    },
  };
}
