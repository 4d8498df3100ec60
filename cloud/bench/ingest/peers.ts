import { spawn } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BATCH_MAX_EVENTS } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import type { BenchRig } from "./rig.ts";

/** In an order in which each row's parent is written before it. */
const TABLES = ["edge_events", "movements", "parking_sessions", "payments", "event_outbox"] as const;
type Table = (typeof TABLES)[number];
const OWNER: Readonly<Record<Table, string>> = {
  edge_events: "device_id",
  movements: "lot_id",
  parking_sessions: "parking_lot_id",
  payments: "parking_lot_id",
  event_outbox: "lot_id",
};
const ORDER: Readonly<Record<Table, string>> = {
  edge_events: "n",
  movements: "at, id",
  parking_sessions: "entry_time",
  payments: "paid_at",
  event_outbox: "position",
};

interface TableRows {
  readonly table: Table;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as Postgres writes them, by column, then by row. */
  readonly values: readonly (readonly (string | null)[])[];
}

/** The rows that the hub wrote for one lot's events, to be written again for other lots without it. */
export interface PeerRows {
  readonly tables: readonly TableRows[];
  readonly count: number;
  readonly events: number;
}

/** Reads what the hub made of a lot's events. */
export async function readPeerRows(
  { pool }: BenchRig,
  { lotId, deviceId, events }: { readonly lotId: string; readonly deviceId: string; readonly events: number },
): Promise<PeerRows> {
  const tables: TableRows[] = [];
  for (const table of TABLES) {
    const columns = await columnsOf(pool, table);
    const list = columns.map(({ name }) => `${name}::text`).join(", ");
    const owner = table === "edge_events" ? deviceId : lotId;
    const text = `SELECT ${list} FROM ${table} WHERE ${OWNER[table]} = $1 ORDER BY ${ORDER[table]}`;
    const { rows } = await pool.query<(string | null)[]>({ text, values: [owner], rowMode: "array" });
    tables.push({ table, columns, values: columns.map((_, i) => rows.map((row) => row[i] ?? null)) });
  }
  return { tables, events, count: tables.reduce((sum, { values }) => sum + (values[0]?.length ?? 0), 0) };
}

async function columnsOf(pool: BenchRig["pool"], table: Table): Promise<{ name: string; type: string }[]> {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows;
}

/** One multi-row insert a table for each thousand events, and one commit; nothing else. Returns milliseconds. */
export async function writeByUnnest(rig: BenchRig, rows: PeerRows): Promise<number> {
  const chunks = Math.ceil(rows.events / BATCH_MAX_EVENTS);
  const owned = await ownedRows(rig, rows);
  const client = await rig.pool.connect();
  const began = performance.now();
  try {
    for (let chunk = 0; chunk < chunks; chunk++) {
      await client.query("BEGIN");
      for (const { table, columns, values } of owned) {
        const length = values[0]?.length ?? 0;
        const [from, to] = [Math.floor((length * chunk) / chunks), Math.floor((length * (chunk + 1)) / chunks)];
        await client.query({
          name: `bench_${table}`,
          text: insertOf(table, columns),
          values: values.map((column) => column.slice(from, to)),
        });
      }
      await client.query("COMMIT");
    }
    return performance.now() - began;
  } finally {
    client.release();
  }
}

function insertOf(table: Table, columns: TableRows["columns"]): string {
  const names = columns.map(({ name }) => name).join(", ");
  // An array of arrays would be taken apart, so list columns travel as text.
  const parameters = columns.map(({ type }, i) => `$${i + 1}::${type.endsWith("[]") ? "text" : type}[]`).join(", ");
  const values = columns.map(({ name, type }) => `row.${name}${type.endsWith("[]") ? `::${type}` : ""}`).join(", ");
  return `INSERT INTO ${table} (${names}) SELECT ${values} FROM unnest(${parameters}) AS row (${names})`;
}

/**
 * COPY of each table's rows from a file that lies ready, in one transaction: psql's `\\copy`, or where there is no psql
 * the server's own, which is quicker. Returns milliseconds.
 */
export async function writeByCopy(rig: BenchRig, rows: PeerRows): Promise<number> {
  const owned = await ownedRows(rig, rows);
  const files = await Promise.all(owned.map((table) => writeCopyFile(rig, table)));
  const copies = owned.map(({ table, columns }, i) => {
    return `copy ${table} (${columns.map(({ name }) => name).join(", ")}) from '${files[i]}'`;
  });
  try {
    return (await copyWithPsql(rig, copies)) ?? (await copyInServer(rig, copies));
  } finally {
    await Promise.all(files.map((file) => rm(file)));
  }
}

/** Null when there is no psql. psql itself starts within the time measured, as it would for anybody who uses it. */
async function copyWithPsql({ url }: BenchRig, copies: readonly string[]): Promise<number | null> {
  const commands = copies.flatMap((copy) => ["-c", `\\${copy}`]);
  const psql = spawn(PSQL, ["-q", "-1", "-v", "ON_ERROR_STOP=1", ...commands, url], { stdio: "ignore" });
  const began = performance.now();
  return new Promise((resolve, reject) => {
    psql.once("error", () => resolve(null));
    psql.once("exit", (code) => (code === 0 ? resolve(performance.now() - began) : reject(new Error(`psql: ${code}`))));
  });
}

async function copyInServer({ pool }: BenchRig, copies: readonly string[]): Promise<number> {
  const client = await pool.connect();
  const began = performance.now();
  try {
    await client.query("BEGIN");
    for (const copy of copies) await client.query(copy);
    await client.query("COMMIT");
    return performance.now() - began;
  } finally {
    client.release();
  }
}

async function writeCopyFile({ folder }: BenchRig, { table, values }: TableRows): Promise<string> {
  const path = join(folder, `${table}.copy`);
  const lines = (values[0] ?? []).map((_, row) => values.map((column) => copyText(column[row] ?? null)).join("\t"));
  await writeFile(path, `${lines.join("\n")}\n`);
  await chmod(path, 0o644);
  return path;
}

const PSQL = "psql";

const COPY_ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function copyText(value: string | null): string {
  return value === null ? "\\N" : value.replace(/[\\\t\n\r]/g, (character) => COPY_ESCAPES[character] ?? character);
}

/** The rows as those of another lot and device. */
async function ownedRows(rig: BenchRig, { tables }: PeerRows): Promise<readonly TableRows[]> {
  const { lotId } = await rig.newLot();
  const deviceId = formatUuid(systemRandom.bytes(16));
  // New lots publish events of their own; these take places beyond them.
  return tables.map(({ table, columns, values }) => ({
    table,
    columns,
    values: columns.map(({ name }, i) => {
      const column = values[i] ?? [];
      if (name !== OWNER[table]) return column;
      return column.map(() => (table === "edge_events" ? deviceId : lotId));
    }),
  }));
}
