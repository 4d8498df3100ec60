import type { StreamOwner } from "./context.ts";
import type { PoisonLine, ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import type { HeldStream, RetoldAt } from "./stream-row.ts";

type TakenLine = Pick<ReadEvent, "n" | "line" | "hash"> | Pick<PoisonLine, "n" | "line" | "hash">;

export interface Retold {
  /** How many of the lines, from the first on, an earlier epoch told already. */
  readonly count: number;
  /** For the stream's row: where the last of them stands; null when one was new. */
  readonly at: RetoldAt | null;
}

const NOTHING: Retold = { count: 0, at: null };

interface Telling {
  readonly held: HeldStream;
  readonly epoch: number;
  readonly lines: readonly TakenLine[];
}

/**
 * Which lines of an epoch the cloud has from an earlier one: its beginning, since histories part at one point and never meet
 * again.
 */
export async function findRetold(client: SqlRunner, owner: StreamOwner, telling: Telling): Promise<Retold> {
  const { held, epoch, lines } = telling;
  const isPast = held.retold === null && lines[0]?.n !== 1;
  if (epoch === 1 || isPast) return NOTHING;
  const same = await findSame(client, owner, telling);
  const isRenumbered = held.retold?.n !== held.position.cursor;
  return same.count === 0 && isRenumbered ? findRenumbered(client, owner, telling) : same;
}

/**
 * Of an edge whose numbers go on over epochs. A hash stands for all up to its number, so an equal hash at an equal number is
 * the same history, whatever epochs it was told in.
 */
async function findSame(client: SqlRunner, owner: StreamOwner, { epoch, lines }: Telling): Promise<Retold> {
  const last = await lastSame(client, owner, { epoch, lines });
  if (last === null) return NOTHING;
  const count = last.n - (lines[0]?.n ?? 0) + 1;
  return { count, at: count === lines.length ? last : null };
}

/** The last of the lines that an earlier epoch has at the same number with the same hash. */
async function lastSame(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { epoch, lines }: { readonly epoch: number; readonly lines: readonly TakenLine[] },
): Promise<RetoldAt | null> {
  const { rows } = await client.query<{ epoch: number; n: string }>(
    `SELECT told.epoch, told.n FROM (
       SELECT epoch, n, hash FROM edge_events WHERE device_id = $1 AND epoch < $2 AND n BETWEEN $3 AND $4
       UNION ALL
       SELECT epoch, n, hash FROM dead_letters WHERE device_id = $1 AND epoch < $2 AND n BETWEEN $3 AND $4
     ) AS told JOIN unnest($5::int8[], $6::text[]) AS line(n, hash) ON line.n = told.n AND decode(line.hash, 'hex') = told.hash
     ORDER BY told.n DESC LIMIT 1`,
    [deviceId, epoch, lines[0]?.n, lines.at(-1)?.n, lines.map(({ n }) => n), lines.map(({ hash }) => hash)],
  );
  const row = rows[0];
  return row ? { epoch: row.epoch, n: Number(row.n) } : null;
}

/**
 * Of an edge before protocol version 5, which numbers anew what it did not know to be confirmed; some of that had been
 * committed. It stands in one row in an earlier epoch: the first line is looked for, the others follow it by number.
 */
async function findRenumbered(client: SqlRunner, owner: StreamOwner, { held, epoch, lines }: Telling): Promise<Retold> {
  const first = lines[0];
  if (!first) return NOTHING;
  const before = first.n === 1 ? await findFirst(client, owner, { epoch, line: first.line }) : held.retold;
  if (before === null) return NOTHING;
  const known = await tailsAfter(client, owner, { before, count: lines.length });
  let count = 0;
  for (const line of lines) {
    if (known.get(before.n + count + 1) !== tailOf(line.line)) break;
    count++;
  }
  return { count, at: count === lines.length ? { epoch: before.epoch, n: before.n + count } : null };
}

/** What stays when an event gets another number: the edge writes the number first. */
function tailOf(line: string): string {
  return line.slice(line.indexOf(",") + 1);
}

/** The place before the one where an earlier epoch has this line; reads the device's events, once an epoch. */
async function findFirst(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { epoch, line }: { readonly epoch: number; readonly line: string },
): Promise<RetoldAt | null> {
  const { rows } = await client.query<{ epoch: number; n: string }>(
    `SELECT epoch, n FROM (
       SELECT epoch, n, convert_to(line, 'UTF8') AS raw FROM edge_events WHERE device_id = $1 AND epoch < $2
       UNION ALL
       SELECT epoch, n, raw FROM dead_letters WHERE device_id = $1 AND epoch < $2
     ) AS told
     WHERE substr(raw, position(','::bytea IN raw) + 1) = $3::bytea ORDER BY epoch DESC, n LIMIT 1`,
    [deviceId, epoch, Buffer.from(tailOf(line), "utf8")],
  );
  const row = rows[0];
  return row ? { epoch: row.epoch, n: Number(row.n) - 1 } : null;
}

async function tailsAfter(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { before, count }: { readonly before: RetoldAt; readonly count: number },
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ n: string; raw: Buffer }>(
    `SELECT n, convert_to(line, 'UTF8') AS raw FROM edge_events WHERE device_id = $1 AND epoch = $2 AND n > $3 AND n <= $4
     UNION ALL
     SELECT n, raw FROM dead_letters WHERE device_id = $1 AND epoch = $2 AND n > $3 AND n <= $4`,
    [deviceId, before.epoch, before.n, before.n + count],
  );
  return new Map(rows.map(({ n, raw }) => [Number(n), tailOf(raw.toString("utf8"))]));
}
