import type { EdgeEventBodyOf, EdgeEventType } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { IngestContext } from "./context.ts";
import type { ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

interface Told<Type extends EdgeEventType> {
  readonly n: number;
  readonly at: number;
  readonly body: EdgeEventBodyOf<Type>;
}

const upsertLaneStates = rowStatement<Told<"lane.changed">>("ingest_lane_states", {
  fixed: 1,
  columns: [
    { name: "lane_id", type: "uuid", of: ({ body }) => body.lane_id },
    { name: "mode", type: "text", of: ({ body }) => body.mode },
    { name: "detail", type: "text", of: ({ body }) => body.detail },
    { name: "at", type: "float8", of: ({ at }) => at / 1_000 },
  ],
  text: `
    INSERT INTO lane_states AS held (lane_id, lot_id, mode, detail, changed_at)
    SELECT row.lane_id, $1::uuid, row.mode, row.detail, to_timestamp(row.at) FROM ROWS
    ON CONFLICT (lane_id) DO UPDATE SET mode = excluded.mode, detail = excluded.detail, changed_at = excluded.changed_at
    WHERE held.lot_id = excluded.lot_id`,
});

const insertOverrides = rowStatement<Told<"lane.overridden">>("ingest_lane_overrides", {
  fixed: 3,
  columns: [
    { name: "n", type: "int8", of: ({ n }) => n },
    { name: "lane_id", type: "uuid", of: ({ body }) => body.lane_id },
    { name: "action", type: "text", of: ({ body }) => body.action },
    { name: "actor", type: "text", of: ({ body }) => body.actor },
    { name: "reason", type: "text", of: ({ body }) => body.reason },
    { name: "command_id", type: "uuid", of: ({ body }) => body.command_id },
    { name: "at", type: "float8", of: ({ at }) => at / 1_000 },
  ],
  text: `
    INSERT INTO lane_overrides (device_id, epoch, lot_id, n, lane_id, action, actor, reason, command_id, at)
    SELECT $1::uuid, $2::int, $3::uuid, row.n, row.lane_id, row.action, row.actor, row.reason, row.command_id,
      to_timestamp(row.at) FROM ROWS`,
});

type AlarmRow = Told<"alarm.raised"> & { readonly id: string };

const insertAlarms = rowStatement<AlarmRow>("ingest_alarms", {
  fixed: 4,
  columns: [
    { name: "id", type: "uuid", of: ({ id }) => id },
    { name: "lane_id", type: "uuid", of: ({ body }) => body.lane_id },
    { name: "code", type: "text", of: ({ body }) => body.code },
    { name: "detail", type: "text", of: ({ body }) => body.detail },
    { name: "at", type: "float8", of: ({ at }) => at / 1_000 },
  ],
  text: `
    INSERT INTO alarms (operator_id, lot_id, device_id, received_at, id, lane_id, code, detail, at)
    SELECT $1::uuid, $2::uuid, $3::uuid, $4::timestamptz, row.id, row.lane_id, row.code, row.detail,
      to_timestamp(row.at) FROM ROWS`,
});

/** Writes lanes' modes, hands on lanes and alarms. Returns whether any lane changed. */
export async function writeLaneEvents(
  client: SqlRunner,
  { newId }: Pick<IngestContext, "newId">,
  { stretch, reads }: { readonly stretch: Stretch; readonly reads: readonly ReadEvent[] },
): Promise<boolean> {
  const { deviceId, lotId, operatorId, epoch, receivedAt } = stretch;
  const present = stretch.isLate ? [] : told(reads, "lane.changed");
  const changed = new Map(present.map((one) => [one.body.lane_id, one]));
  const overrides = told(reads, "lane.overridden");
  const raised = told(reads, "alarm.raised").map((one) => ({ ...one, id: newId() }));
  const alarmed = [operatorId, lotId, deviceId, new Date(receivedAt)];
  await Promise.all([
    changed.size > 0 && upsertLaneStates.run(client, [lotId], [...changed.values()]),
    overrides.length > 0 && insertOverrides.run(client, [deviceId, epoch, lotId], overrides),
    raised.length > 0 && insertAlarms.run(client, alarmed, raised),
  ]);
  return changed.size > 0;
}

function told<Type extends EdgeEventType>(reads: readonly ReadEvent[], type: Type): Told<Type>[] {
  return reads
    .filter((read) => read.event.body.type === type)
    .map((read) => ({ n: read.n, at: read.event.at, body: read.event.body as EdgeEventBodyOf<Type> }));
}
