import type { StreamOwner } from "./context.ts";
import type { PoisonLine, ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import type { HeldStream, RetoldAt } from "./stream-row.ts";

type TakenLine = Pick<ReadEvent, "n" | "line"> | Pick<PoisonLine, "n" | "line">;

export interface Retold {
  /** How many of the lines, from the first on, an earlier epoch told already. */
  readonly count: number;
  /** For the stream's row: where the last of them stands; null when one was new. */
  readonly at: RetoldAt | null;
}

const NOTHING: Retold = { count: 0, at: null };

/**
 * Which lines of an epoch the cloud has from an earlier one. An edge that begins an epoch numbers anew what it did not know
 * to be confirmed; some of that had been committed. Both histories part at one point, so what is known is the beginning of
 * the epoch and stands in one row in the earlier one: the first line is looked for, the others follow it by number.
 */
export async function findRetold(
  client: SqlRunner,
  owner: StreamOwner,
  { held, epoch, lines }: { readonly held: HeldStream; readonly epoch: number; readonly lines: readonly TakenLine[] },
): Promise<Retold> {
  const first = lines[0];
  if (!first || epoch === 1) return NOTHING;
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
