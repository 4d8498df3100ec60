import type pg from "pg";

/** Runs SQL inside a transaction, statements in the order in which they were handed over. */
export interface SqlRunner {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: string | pg.QueryConfig,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

/**
 * Statements for one connection that need not wait for each other's answers: their parameters are made ready while
 * Postgres works on an earlier one. After one has failed those behind it fail too, as Postgres has it.
 */
export class StatementQueue implements SqlRunner {
  readonly #client: pg.ClientBase;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  query<Row extends pg.QueryResultRow>(
    statement: string | pg.QueryConfig,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const run = (): Promise<pg.QueryResult<Row>> => this.#client.query<Row>(statement, values && [...values]);
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
