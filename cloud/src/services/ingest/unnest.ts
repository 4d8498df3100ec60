import type pg from "pg";
import type { SqlRunner } from "./statement-queue.ts";

/** One column of a table of rows that goes to Postgres as an array. */
export interface Column<Row> {
  readonly name: string;
  /** Postgres type of one value. */
  readonly type: string;
  readonly of: (row: Row) => string | number | boolean | null;
  /** The values are text without line feeds, none of it empty: they travel as lines, which need no quoting. */
  readonly isLines?: boolean;
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
  const arrays = columns.map((column, i) => arrayOf(column, `$${fixed + i + 1}`));
  const source = `unnest(${arrays.join(", ")}) AS row (${columns.map((column) => column.name).join(", ")})`;
  const prepared = text.replace("ROWS", source);
  return {
    run: (client, fixedValues, rows) => {
      const values = columns.map(({ of, isLines }) => (isLines ? linesText(rows, of) : arrayText(rows, of)));
      return client.query({ name, text: prepared, values: [...fixedValues, ...values] });
    },
  };
}

function arrayOf({ type, isLines }: Pick<Column<never>, "type" | "isLines">, parameter: string): string {
  return isLines ? `string_to_array(${parameter}::text, E'\\n', '')` : `${parameter}::${type}[]`;
}

function linesText<Row>(rows: readonly Row[], of: Column<Row>["of"]): string {
  return rows.map((row) => of(row) ?? "").join("\n");
}

/** A list as the text of a Postgres array. */
export function arrayLiteral(values: readonly (string | number | boolean | null)[]): string {
  return arrayText(values, (value) => value);
}

/** The driver's own way is slower: it reads the values' types anew for each. */
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
