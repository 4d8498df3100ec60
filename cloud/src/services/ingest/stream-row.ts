import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Mark, type ReceiverPosition, type StreamPosition, startOfEpoch } from "@gatehouse/shared/sync/cursor.ts";
import type { StreamStop } from "../../db/schema/devices.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { SqlRunner } from "./statement-queue.ts";

/** Where an event stands that an earlier epoch told already. */
export interface RetoldAt {
  readonly epoch: number;
  readonly n: number;
}

export interface HeldStream {
  readonly position: ReceiverPosition;
  /** Why the device was set apart; null while its stream flows. */
  readonly stop: StreamStop | null;
  /** Null once an event of this epoch was new. */
  readonly retold: RetoldAt | null;
  readonly boot: Uuid | null;
  /** The monotonic time of `boot` in its last hello; null before that. */
  readonly helloMono: number | null;
  /** The run whose events are in with a time that nothing vouches for yet. */
  readonly unanchoredBoot: Uuid | null;
  /** The lot's currency, ISO 4217. */
  readonly currency: string;
}

/** Reads where a device's stream stands and holds it until the transaction ends; null when it has none at this lot. */
export async function lockStream(client: SqlRunner, { deviceId, lotId }: StreamOwner): Promise<HeldStream | null> {
  const { rows } = await client.query<{
    epoch: number;
    cursor: string;
    hash: string;
    epoch_start: string;
    forked_at: Date | null;
    stopped_for: StreamStop | null;
    epoch_due: boolean;
    retold_epoch: number | null;
    retold_n: string | null;
    boot: Uuid | null;
    hello_mono: string | null;
    unanchored_boot: Uuid | null;
    currency: string;
  }>({
    name: "ingest_lock_stream",
    text: `
      SELECT stream.epoch, stream.cursor, stream.hash, stream.epoch_start, stream.forked_at, stream.stopped_for, stream.epoch_due,
        stream.retold_epoch, stream.retold_n, stream.boot, stream.hello_mono, stream.unanchored_boot,
        lot.currency
      FROM device_streams AS stream JOIN parking_lots AS lot ON lot.id = stream.lot_id
      WHERE stream.device_id = $1 AND stream.lot_id = $2 FOR UPDATE OF stream`,
    values: [deviceId, lotId],
  });
  const row = rows[0];
  if (!row) return null;
  const { epoch, cursor, hash, boot, currency } = row;
  return {
    position: { epoch, cursor: Number(cursor), hash, startN: Number(row.epoch_start), isEpochDue: row.epoch_due },
    stop: row.forked_at === null ? null : (row.stopped_for ?? "fork"),
    retold: row.retold_epoch === null ? null : { epoch: row.retold_epoch, n: Number(row.retold_n) },
    boot,
    helloMono: row.hello_mono === null ? null : Number(row.hello_mono),
    unanchoredBoot: row.unanchored_boot,
    currency,
  };
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

/** Whether the device's history up to this mark was committed, in whatever epoch. */
export async function isCommitted(client: SqlRunner, { deviceId }: StreamOwner, { n, hash }: Mark): Promise<boolean> {
  if (n === 0) return true;
  const { rows } = await client.query<{ is_held: boolean }>(
    `SELECT EXISTS (SELECT FROM edge_events WHERE device_id = $1 AND n = $2 AND hash = decode($3, 'hex'))
       OR EXISTS (SELECT FROM dead_letters WHERE device_id = $1 AND n = $2 AND hash = decode($3, 'hex')) AS is_held`,
    [deviceId, n, hash],
  );
  return rows[0]?.is_held === true;
}

/** Moves the cursor; in the transaction of the events that it counts. */
export async function moveStream(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  {
    position,
    retold,
    at,
  }: { readonly position: StreamPosition; readonly retold: RetoldAt | null; readonly at: string },
): Promise<void> {
  await client.query({
    name: "ingest_move_stream",
    text: `
      UPDATE device_streams SET epoch = $2, cursor = $3, hash = $4, updated_at = $5, retold_epoch = $6, retold_n = $7,
        epoch_due = false, epoch_start = CASE WHEN epoch = $2 THEN epoch_start ELSE 0 END WHERE device_id = $1`,
    values: [deviceId, position.epoch, position.cursor, position.hash, at, retold?.epoch ?? null, retold?.n ?? null],
  });
}

/** Why a device was set apart, for those who read alarms. */
export const STOP_MESSAGES: Readonly<Record<StreamStop, string>> = {
  fork: "Two different events have one number. Release this device or enrol it anew; its gates go on meanwhile.",
  clone: "Two computers run with this device's identity. Enrol the right one anew; its gates go on meanwhile.",
  rolled_back: "The cloud holds events that this device no longer has: its disk was set back. Release it in the cloud.",
};

/** Sets a device apart, with an alarm and an audit row (SYNC-04, SYNC-07, SYNC-08). Nothing of it is taken until it is released. */
export async function stopStream(
  client: SqlRunner,
  context: Pick<IngestContext, "clock" | "newId">,
  { owner, stop, message }: { readonly owner: StreamOwner; readonly stop: StreamStop; readonly message: string },
): Promise<void> {
  const { deviceId } = owner;
  const at = context.clock.wall();
  const code = ALARM_CODES[stop];
  await client.query("UPDATE device_streams SET forked_at = $2, stopped_for = $3 WHERE device_id = $1", [
    deviceId,
    new Date(at),
    stop,
  ]);
  await raiseAlarm(client, context, { owner, code, detail: message, at });
  await audit(client, { owner, action: "device.stream_stopped", details: { code }, at });
}

const ALARM_CODES: Readonly<Record<StreamStop, string>> = {
  fork: "stream_forked",
  clone: "device_cloned",
  rolled_back: "device_rolled_back",
};

/** Begins an epoch that the device is told of after the commit; told again until it has been heard in it (SYNC-07). */
export async function giveEpoch(
  client: SqlRunner,
  { clock }: Pick<IngestContext, "clock">,
  { owner, epoch }: { readonly owner: StreamOwner; readonly epoch: number },
): Promise<void> {
  const at = clock.wall();
  await place(client, owner, { position: startOfEpoch(epoch), retold: null, isDue: true, at });
  await audit(client, { owner, action: "device.epoch_given", details: { epoch }, at });
}

/** Takes over where a device begins the epoch that it is in. */
export async function beginStream(
  client: SqlRunner,
  { clock }: Pick<IngestContext, "clock">,
  {
    owner,
    position,
    retold,
  }: { readonly owner: StreamOwner; readonly position: StreamPosition; readonly retold: RetoldAt | null },
): Promise<void> {
  await place(client, owner, { position, retold, isDue: false, at: clock.wall() });
}

interface Placed {
  readonly position: StreamPosition;
  readonly retold: RetoldAt | null;
  readonly isDue: boolean;
  readonly at: WallMs;
}

/** The stream stands at the beginning of an epoch. */
async function place(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { position: { epoch, cursor, hash }, retold, isDue, at }: Placed,
): Promise<void> {
  await client.query(
    `UPDATE device_streams SET epoch = $2, cursor = $3, hash = $4, epoch_start = $3, epoch_due = $5, retold_epoch = $6,
       retold_n = $7, updated_at = $8 WHERE device_id = $1`,
    [deviceId, epoch, cursor, hash, isDue, retold?.epoch ?? null, retold?.n ?? null, new Date(at)],
  );
}

interface StreamAction {
  readonly owner: StreamOwner;
  readonly action: string;
  readonly details: object;
  readonly at: WallMs;
}

/** What a device's own words have led to, for the audit log. */
async function audit(client: SqlRunner, { owner, action, details, at }: StreamAction): Promise<void> {
  const { deviceId, lotId, operatorId } = owner;
  await client.query(
    `INSERT INTO audit_log (at, operator_id, lot_id, actor_kind, actor_id, action, subject_kind, subject_id, details)
     VALUES ($1, $2, $3, 'device', $4, $5, 'device', $4, $6)`,
    [new Date(at), operatorId, lotId, deviceId, action, JSON.stringify(details)],
  );
}

/** Notes which hello was judged last. */
export async function noteHello(client: SqlRunner, { deviceId }: StreamOwner, sentMono: number): Promise<void> {
  await client.query("UPDATE device_streams SET hello_mono = $2 WHERE device_id = $1", [deviceId, sentMono]);
}

/** Tells the operator that events are in no place any more: the cloud was set back further than the edge keeps them (SYNC-06). */
export async function raiseHistoryGone(
  client: SqlRunner,
  context: Pick<IngestContext, "clock" | "newId">,
  { owner, untilN }: { readonly owner: StreamOwner; readonly untilN: number },
): Promise<void> {
  const detail =
    `The cloud lacks events of this device up to number ${untilN}, and the device has deleted them: they were confirmed and ` +
    "older than its keep window. Compare the lot's stays and payments of that time with another record.";
  await raiseAlarm(client, context, { owner, code: "history_gone", detail, at: context.clock.wall() });
}
