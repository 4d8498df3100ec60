import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type BootVerdict, judgeBoot } from "@gatehouse/shared/sync/boots.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import type { SqlRunner } from "./statement-queue.ts";

/** Runs remembered of one device: a copy of its card that speaks after more restarts than this shows by its hash alone. */
const BOOTS_MAX = 200;

/** Judges the run that says hello, and remembers it as the present one when it is new. The stream's row is held. */
export async function noteBoot(
  client: SqlRunner,
  { clock }: Pick<IngestContext, "clock">,
  { owner: { deviceId }, last, boot }: { readonly owner: StreamOwner; readonly last: Uuid | null; readonly boot: Uuid },
): Promise<BootVerdict> {
  if (boot === last) return "same";
  const { rows } = await client.query(
    "SELECT 1 FROM device_boots WHERE device_id = $1 AND boot = $2 AND ended_at IS NOT NULL",
    [deviceId, boot],
  );
  const verdict = judgeBoot({ last, isSuperseded: rows.length > 0 }, boot);
  if (verdict === "next") await advance(client, { deviceId, last, boot, now: new Date(clock.wall()) });
  return verdict;
}

async function advance(
  client: SqlRunner,
  { deviceId, last, boot, now }: { deviceId: Uuid; last: Uuid | null; boot: Uuid; now: Date },
): Promise<void> {
  await client.query("UPDATE device_streams SET boot = $2 WHERE device_id = $1", [deviceId, boot]);
  if (last === null) return;
  await client.query(
    `INSERT INTO device_boots AS known (device_id, boot, ended_at) VALUES ($1, $2, $3)
     ON CONFLICT (device_id, boot) DO UPDATE SET ended_at = coalesce(known.ended_at, excluded.ended_at)`,
    [deviceId, last, now],
  );
  await client.query(
    `DELETE FROM device_boots WHERE device_id = $1 AND boot NOT IN
       (SELECT boot FROM device_boots WHERE device_id = $1 ORDER BY ended_at DESC NULLS FIRST LIMIT $2)`,
    [deviceId, BOOTS_MAX],
  );
}
