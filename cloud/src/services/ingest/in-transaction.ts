import type pg from "pg";

/**
 * Runs `work` in a transaction on a connection of its own. Rejects with what failed; when that was the commit itself,
 * nobody knows whether it happened, and the caller asks again.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  // A connection that breaks between two statements says so here as well; the next statement fails anyway.
  const onError = (error: Error): void => {
    failure = error;
  };
  client.on("error", onError);
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    failure ??= await rollBack(client);
    throw error;
  } finally {
    client.off("error", onError);
    client.release(failure);
  }
}

/** A connection that can't even roll back is broken: the pool must not give it out again. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
