import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Database } from "better-sqlite3";
import type { GroupCommit } from "./group-commit.ts";
import type { Outbox } from "./outbox-port.ts";
import type { Stamp, StoreLog } from "./store-port.ts";

/** Ended sessions and movements are kept this long for technicians and late questions; the cloud has them for good. */
export const KEEP_ENDED_MS = 30 * DAY_MS;
/** Rows deleted in one transaction. */
const STEP_ROWS = 200;

export interface RetentionOptions {
  readonly db: Database;
  readonly commit: GroupCommit;
  readonly stamp: () => Stamp;
  readonly log: StoreLog;
  readonly clearStep: () => boolean;
  readonly outbox: Pick<Outbox, "pruneStep">;
}

export interface Retention {
  /** From now on nothing is deleted: the store is damaged, and a delete could spread it or end all work on a damaged page. */
  end(): void;
  /** Resolves when nothing more may be deleted, or deleting failed; with the run that is on, where one is. Never rejects. */
  run(): Promise<void>;
}

/** Keeps the store from growing for ever, in steps so small that no vehicle notices. One run at a time. */
export function prepareRetention({ db, commit, stamp, log, clearStep, outbox }: RetentionOptions): Retention {
  const deleteEnded = prepareDeleteEnded(db);
  let running: Promise<void> | null = null;
  let isEnded = false;

  async function runSteps(): Promise<void> {
    while (!isEnded && (await commit.transact(clearStep)));
    while (!isEnded && (await outbox.pruneStep()) > 0);
    while (!isEnded && (await commit.transact(() => deleteEnded(stamp()))));
  }

  return {
    end: () => {
      isEnded = true;
    },
    run: () => {
      running ??= runSteps()
        .catch((error: unknown) =>
          log.warn({ cause: errorMessage(error) }, "Old rows could not be deleted; tried again."),
        )
        .finally(() => {
          running = null;
        });
      return running;
    },
  };
}

/**
 * Looks at one window of the oldest rows after the last one it looked at, and starts over at the end; so a step costs the
 * same however many rows there are. True while it deletes. Debts that nobody paid stay.
 */
function prepareDeleteEnded(db: Database): (now: Stamp) => boolean {
  const movements = prepareWindow(db, {
    window:
      "SELECT movement_id AS id, ended_at AS endedAt FROM movements WHERE movement_id > ? ORDER BY movement_id LIMIT ?",
    deletes: ["DELETE FROM movements WHERE movement_id = ?"],
  });
  const sessions = prepareWindow(db, {
    window: `SELECT session_id AS id, CASE findable WHEN 0 THEN ended_at END AS endedAt FROM sessions
      WHERE session_id > ? ORDER BY session_id LIMIT ?`,
    deletes: [
      "DELETE FROM payments WHERE session_id = ?",
      // A code for one stay stays used as long as the cloud tells of it.
      `DELETE FROM validation_uses WHERE session_id = ? AND NOT EXISTS (SELECT 1 FROM replica_generations g
        JOIN replica_items i ON i.generation = g.generation AND i.collection = 'validations'
        WHERE i.key = validation_id)`,
      "DELETE FROM debts WHERE session_id = ? AND settled_at IS NOT NULL",
      "DELETE FROM sessions WHERE session_id = ?",
    ],
  });
  return ({ at, quality }) => {
    if (quality === "unknown") return false;
    const before = at - KEEP_ENDED_MS;
    const deleted = movements(before) + sessions(before);
    return deleted > 0;
  };
}

interface WindowSql {
  readonly window: string;
  readonly deletes: readonly string[];
}

/** Gives how many rows it deleted. */
function prepareWindow(db: Database, sql: WindowSql): (before: number) => number {
  const window = db.prepare<[string, number], { id: string; endedAt: number | null }>(sql.window);
  const deletes = sql.deletes.map((text) => db.prepare<[string]>(text));
  let cursor = "";
  return (before) => {
    const rows = window.all(cursor, STEP_ROWS);
    const old = rows.filter(({ endedAt }) => endedAt !== null && endedAt < before);
    for (const { id } of old) for (const statement of deletes) statement.run(id);
    cursor = rows.length < STEP_ROWS ? "" : (rows.at(-1)?.id ?? "");
    return old.length;
  };
}
