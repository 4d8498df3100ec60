import type pg from "pg";
import { type SqlRunner, StatementQueue } from "./statement-queue.ts";

/**
 * Runs `work` in a transaction on a connection of its own. Rejects with what failed; when that was the commit itself,
 * nobody knows whether it happened, and the caller asks again.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: SqlRunner) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const queue = new StatementQueue(client);
  let failure: Error | undefined;
  // A connection that breaks between two statements says so here as well; the next statement fails anyway.
  const onError = (error: Error): void => {
    failure = error;
  };
  client.on("error", onError);
  try {
    await queue.query("BEGIN");
    const result = await work(queue);
    await queue.query("COMMIT");
    return result;
  } catch (error) {
    failure ??= await rollBack(queue);
    throw error;
  } finally {
    client.off("error", onError);
    client.release(failure);
  }
}

/** A connection that can't even roll back is broken: the pool must not give it out again. */
async function rollBack(client: SqlRunner): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
