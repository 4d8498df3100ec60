import type pg from "pg";

/** Anything that runs SQL: a connection inside a transaction. */
export type SqlRunner = Pick<pg.ClientBase, "query">;

/** One column of a table of rows that goes to Postgres as arrays. */
export interface Column<Row> {
  readonly name: string;
  /** Postgres type of one value. */
  readonly type: string;
  readonly of: (row: Row) => string | number | boolean | null;
}

export interface RowStatement<Row> {
  /** Run the statement for `rows`; `fixed` are the parameters from $1 on, those of the rows follow. */
  run(client: SqlRunner, fixed: readonly unknown[], rows: readonly Row[]): Promise<pg.QueryResult>;
}

/**
 * A prepared statement over many rows. `text` names the rows' source as `ROWS`, which becomes
 * `unnest($k::type[], ...) AS row (column, ...)`.
 */
export function rowStatement<Row>(
  name: string,
  { columns, fixed, text }: { readonly columns: readonly Column<Row>[]; readonly fixed: number; readonly text: string },
): RowStatement<Row> {
  const parameters = columns.map((column, i) => `$${fixed + i + 1}::${column.type}[]`);
  const source = `unnest(${parameters.join(", ")}) AS row (${columns.map((column) => column.name).join(", ")})`;
  const prepared = text.replace("ROWS", source);
  return {
    run: (client, fixedValues, rows) => {
      const arrays = columns.map((column) => arrayText(rows, column.of));
      return client.query({ name, text: prepared, values: [...fixedValues, ...arrays] });
    },
  };
}

/** A Postgres array's text. The driver's own is slower, and reads the values' types anew for each. */
function arrayText<Row>(rows: readonly Row[], of: Column<Row>["of"]): string {
  let text = "{";
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += ",";
    const value = of(rows[i] as Row);
    text += typeof value === "string" ? quote(value) : value === null ? "NULL" : String(value);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const ALL_SPECIAL = /["\\]/g;

function quote(value: string): string {
  return SPECIAL.test(value) ? `"${value.replace(ALL_SPECIAL, "\\$&")}"` : `"${value}"`;
}
