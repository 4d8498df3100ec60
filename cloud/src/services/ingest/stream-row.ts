import type { StreamPosition } from "@gatehouse/shared/sync/cursor.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import type { SqlRunner } from "./statement-queue.ts";

export interface HeldStream {
  readonly position: StreamPosition;
  readonly forkedAt: Date | null;
  /** The lot's currency, ISO 4217. */
  readonly currency: string;
}

/** Reads where a device's stream stands and holds it until the transaction ends; null when it has none at this lot. */
export async function lockStream(client: SqlRunner, { deviceId, lotId }: StreamOwner): Promise<HeldStream | null> {
  const { rows } = await client.query<{
    epoch: number;
    cursor: string;
    hash: string;
    forked_at: Date | null;
    currency: string;
  }>({
    name: "ingest_lock_stream",
    text: `
      SELECT stream.epoch, stream.cursor, stream.hash, stream.forked_at, lot.currency
      FROM device_streams AS stream JOIN parking_lots AS lot ON lot.id = stream.lot_id
      WHERE stream.device_id = $1 AND stream.lot_id = $2 FOR UPDATE OF stream`,
    values: [deviceId, lotId],
  });
  const row = rows[0];
  if (!row) return null;
  const { epoch, cursor, hash, forked_at: forkedAt, currency } = row;
  return { position: { epoch, cursor: Number(cursor), hash }, forkedAt, currency };
}

/** H(n) as it was committed; null when neither the event nor its dead letter is kept any more. */
export async function storedHashAt(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { epoch, n }: { readonly epoch: number; readonly n: number },
): Promise<string | null> {
  const { rows } = await client.query<{ hash: string }>({
    name: "ingest_stored_hash",
    text: `
      SELECT encode(hash, 'hex') AS hash FROM edge_events WHERE device_id = $1 AND epoch = $2 AND n = $3
      UNION ALL
      SELECT encode(hash, 'hex') FROM dead_letters WHERE device_id = $1 AND epoch = $2 AND n = $3`,
    values: [deviceId, epoch, n],
  });
  return rows[0]?.hash ?? null;
}

/** Moves the cursor; in the transaction of the events that it counts. */
export async function moveStream(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { position, at }: { readonly position: StreamPosition; readonly at: string },
): Promise<void> {
  await client.query({
    name: "ingest_move_stream",
    text: "UPDATE device_streams SET epoch = $2, cursor = $3, hash = $4, updated_at = $5 WHERE device_id = $1",
    values: [deviceId, position.epoch, position.cursor, position.hash, at],
  });
}

/** Stops a stream in which two different events have one number, with an alarm and an audit row (SYNC-04). */
export async function stopStream(
  client: SqlRunner,
  { clock, newId }: Pick<IngestContext, "clock" | "newId">,
  { owner, message }: { readonly owner: StreamOwner; readonly message: string },
): Promise<void> {
  const { deviceId, lotId, operatorId } = owner;
  const now = new Date(clock.wall());
  await client.query("UPDATE device_streams SET forked_at = $2 WHERE device_id = $1", [deviceId, now]);
  await client.query(
    `INSERT INTO alarms (id, operator_id, lot_id, device_id, code, detail, at, received_at)
     VALUES ($1, $2, $3, $4, 'stream_forked', $5, $6, $6)`,
    [newId(), operatorId, lotId, deviceId, message.slice(0, 256), now],
  );
  await client.query(
    `INSERT INTO audit_log (at, operator_id, lot_id, actor_kind, actor_id, action, subject_kind, subject_id, details)
     VALUES ($1, $2, $3, 'device', $4, 'device.stream_stopped', 'device', $4, $5)`,
    [now, operatorId, lotId, deviceId, JSON.stringify({ code: "stream_forked" })],
  );
}
