import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { PoisonLine, ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";

/** A stretch of one device's stream that is being written in one transaction. */
export interface Stretch extends StreamOwner {
  readonly epoch: number;
  readonly receivedAt: WallMs;
  /** Applied long after its turn (SYNC-15): later events have told the present state of lanes, spots and plates. */
  readonly isLate?: boolean;
}

const insertEvents = rowStatement<ReadEvent>("ingest_events", {
  fixed: 2,
  columns: [
    { name: "n", type: "int8", of: (read) => read.n },
    { name: "type", type: "text", of: (read) => read.event.body.type },
    { name: "at", type: "float8", of: (read) => read.event.at / 1_000 },
    { name: "line", type: "text", of: (read) => read.line, isLines: true },
    { name: "hash", type: "text", of: (read) => read.hash, isLines: true },
  ],
  text: `
    INSERT INTO edge_events (device_id, epoch, n, type, at, line, hash)
    SELECT $1::uuid, $2::int, row.n, row.type, to_timestamp(row.at), row.line, decode(row.hash, 'hex') FROM ROWS`,
});

const insertDeadLetters = rowStatement<PoisonLine>("ingest_dead_letters", {
  fixed: 4,
  columns: [
    { name: "n", type: "int8", of: (poison) => poison.n },
    { name: "raw", type: "text", of: (poison) => Buffer.from(poison.line, "utf8").toString("hex") },
    { name: "hash", type: "text", of: (poison) => poison.hash },
    { name: "code", type: "text", of: (poison) => poison.code },
    { name: "message", type: "text", of: (poison) => withoutNul(poison.message) },
  ],
  text: `
    INSERT INTO dead_letters (device_id, epoch, lot_id, received_at, n, raw, hash, code, message)
    SELECT $1::uuid, $2::int, $3::uuid, $4::timestamptz, row.n, decode(row.raw, 'hex'), decode(row.hash, 'hex'), row.code, row.message FROM ROWS`,
});

const insertRetoldLetters = rowStatement<PoisonLine>("ingest_retold_letters", {
  fixed: 4,
  columns: [
    { name: "n", type: "int8", of: (poison) => poison.n },
    { name: "raw", type: "text", of: (poison) => Buffer.from(poison.line, "utf8").toString("hex") },
    { name: "hash", type: "text", of: (poison) => poison.hash },
    { name: "code", type: "text", of: (poison) => poison.code },
  ],
  text: `
    INSERT INTO dead_letters (device_id, epoch, lot_id, received_at, n, raw, hash, code, message, settled_at, settled_as)
    SELECT $1::uuid, $2::int, $3::uuid, $4::timestamptz, row.n, decode(row.raw, 'hex'), decode(row.hash, 'hex'), row.code,
      'Told again in a new epoch; the letter of the earlier one counts.', $4::timestamptz, 'discarded' FROM ROWS`,
});

/** Keeps each event as its exact line. */
export async function writeEvents(client: SqlRunner, stretch: Stretch, reads: readonly ReadEvent[]): Promise<void> {
  await insertEvents.run(client, [stretch.deviceId, stretch.epoch], reads);
}

/** Keeps what can't be applied, raw, and tells the operator (SYNC-15). */
export async function writeDeadLetters(
  client: SqlRunner,
  context: Pick<IngestContext, "newId">,
  { stretch, poison }: { readonly stretch: Stretch; readonly poison: readonly PoisonLine[] },
): Promise<void> {
  const { deviceId, epoch, lotId, receivedAt } = stretch;
  const first = poison[0];
  if (!first) return;
  await insertDeadLetters.run(client, [deviceId, epoch, lotId, new Date(receivedAt)], poison);
  const detail = `${poison.length} event(s) from number ${first.n} on could not be applied: ${withoutNul(first.message)}`;
  await raiseAlarm(client, context, { owner: stretch, code: "event_dead_lettered", detail, at: receivedAt });
}

/**
 * Keeps what could not be applied in an earlier epoch either, without telling anybody twice: the hash chain runs through it,
 * and so does the comparison when a later epoch tells the stretch once more.
 */
export async function keepRetoldLetters(
  client: SqlRunner,
  { deviceId, epoch, lotId, receivedAt }: Stretch,
  poison: readonly PoisonLine[],
): Promise<void> {
  if (poison.length > 0) await insertRetoldLetters.run(client, [deviceId, epoch, lotId, new Date(receivedAt)], poison);
}

/** Postgres keeps no NUL in text. */
function withoutNul(text: string): string {
  return text.replaceAll("\0", "");
}
