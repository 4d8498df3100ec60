import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Anchor } from "@gatehouse/shared/sync/anchor.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { SqlRunner } from "./statement-queue.ts";

/** A computer whose clock is off by more than this has no working time service, and somebody should look at it. */
const CLOCK_ALARM_MS = 5 * MINUTE_MS;

/**
 * Ties the run that says hello to the cloud's time, as far as the way of the hello allows, for events of a clock that was
 * wrong (SYNC-13). Alarms once a run when its clock is far off.
 */
export async function keepAnchor(
  client: SqlRunner,
  context: Pick<IngestContext, "clock" | "newId">,
  { owner, hello }: { readonly owner: StreamOwner; readonly hello: Hello },
): Promise<void> {
  const now = context.clock.wall();
  const isNew = await writeAnchor(client, owner, { boot: hello.boot, anchor: { at: now, mono: hello.sent_mono } });
  const offMs = hello.at - now;
  if (!isNew || Math.abs(offMs) <= CLOCK_ALARM_MS) return;
  const minutes = Math.round(Math.abs(offMs) / MINUTE_MS);
  const detail = `The clock of this lot's computer is ${minutes} min ${offMs < 0 ? "slow" : "fast"}; its events are dated by the cloud's time. Look at its time service.`;
  await raiseAlarm(client, context, { owner, code: "device_clock_wrong", detail, at: now });
}

/** True when the run had no anchor before. */
export async function writeAnchor(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  { boot, anchor }: { readonly boot: Uuid; readonly anchor: Anchor },
): Promise<boolean> {
  const { rows } = await client.query<{ is_new: boolean }>(
    `WITH known AS (SELECT 1 FROM device_boots WHERE device_id = $1 AND boot = $2 AND anchor_at IS NOT NULL)
     INSERT INTO device_boots (device_id, boot, anchor_at, anchor_mono) VALUES ($1, $2, $3, $4)
     ON CONFLICT (device_id, boot) DO UPDATE SET anchor_at = excluded.anchor_at, anchor_mono = excluded.anchor_mono
     RETURNING NOT EXISTS (SELECT 1 FROM known) AS is_new`,
    [deviceId, boot, new Date(anchor.at), anchor.mono],
  );
  return rows[0]?.is_new === true;
}

/** What anchors the runs named have. */
export async function readAnchors(
  client: SqlRunner,
  { deviceId }: StreamOwner,
  boots: readonly Uuid[],
): Promise<Map<Uuid, Anchor>> {
  const { rows } = await client.query<{ boot: Uuid; anchor_at: Date; anchor_mono: string }>(
    `SELECT boot, anchor_at, anchor_mono FROM device_boots
     WHERE device_id = $1 AND boot = ANY ($2::uuid[]) AND anchor_at IS NOT NULL`,
    [deviceId, boots],
  );
  return new Map(rows.map((row) => [row.boot, { at: row.anchor_at.getTime(), mono: Number(row.anchor_mono) }]));
}
