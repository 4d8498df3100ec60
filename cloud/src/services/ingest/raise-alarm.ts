import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import type { SqlRunner } from "./statement-queue.ts";

/** Most characters of an alarm's detail. */
const DETAIL_MAX = 256;

export interface StreamAlarm {
  readonly owner: StreamOwner;
  readonly code: string;
  readonly detail: string;
  readonly at: WallMs;
}

/** Tells the operator what is wrong with a device's stream, in the transaction in which it shows. */
export async function raiseAlarm(
  client: SqlRunner,
  { newId }: Pick<IngestContext, "newId">,
  { owner: { operatorId, lotId, deviceId }, code, detail, at }: StreamAlarm,
): Promise<void> {
  await client.query(
    `INSERT INTO alarms (id, operator_id, lot_id, device_id, code, detail, at, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
    [newId(), operatorId, lotId, deviceId, code, detail.slice(0, DETAIL_MAX), new Date(at)],
  );
}
