import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Anchor, anchorEvent } from "@gatehouse/shared/sync/anchor.ts";
import type { AnchoringScope } from "./anchor-times.ts";
import type { IngestContext } from "./context.ts";
import { foldMovements } from "./movement-changes.ts";
import { readLine } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { rowStatement } from "./unnest.ts";

/** Events of one run that one correction looks at, the latest of them; more would hold the device's stream too long. */
const CORRECTED_MAX = 50_000;

interface Moved {
  readonly n: number;
  readonly id: Uuid | null;
  readonly before: number;
  readonly after: number;
}

const moveEvents = rowStatement<Moved>("ingest_correct_events", {
  fixed: 2,
  columns: [
    { name: "n", type: "int8", of: (moved) => moved.n },
    { name: "after", type: "float8", of: (moved) => moved.after / 1_000 },
  ],
  text: `
    UPDATE edge_events AS held SET at = to_timestamp(row.after) FROM ROWS
    WHERE held.device_id = $1::uuid AND held.epoch = $2::int AND held.n = row.n`,
});

const MOMENT = [
  { name: "id", type: "uuid", of: (moved: Moved) => moved.id },
  { name: "before", type: "float8", of: (moved: Moved) => moved.before / 1_000 },
  { name: "after", type: "float8", of: (moved: Moved) => moved.after / 1_000 },
] as const;

/** Where an operator has corrected a time by hand, it no longer is what the edge told, and stays. */
const moveSessions = (name: string, column: "entry_time" | "exit_time") =>
  rowStatement<Moved>(name, {
    fixed: 2,
    columns: MOMENT,
    text: `
    UPDATE parking_sessions AS held SET ${column} = to_timestamp(row.after), version = held.version + 1, updated_at = $2::timestamptz
    FROM ROWS WHERE held.parking_lot_id = $1::uuid AND held.id = row.id AND held.${column} = to_timestamp(row.before)`,
  });
const moveEntries = moveSessions("ingest_correct_entries", "entry_time");
const moveExits = moveSessions("ingest_correct_exits", "exit_time");

const moveMovements = rowStatement<Moved>("ingest_correct_movements", {
  fixed: 1,
  columns: MOMENT,
  text: `
    UPDATE movements AS held SET at = to_timestamp(row.after),
      began_at = held.began_at + (to_timestamp(row.after) - to_timestamp(row.before)),
      ended_at = held.ended_at + (to_timestamp(row.after) - to_timestamp(row.before))
    FROM ROWS WHERE held.lot_id = $1::uuid AND held.id = row.id AND held.at = to_timestamp(row.before)`,
});

/**
 * Corrects what a run told before its clock was known: its events' times, and those of the movements and sessions that came of
 * them, each only where it still is as the edge told it (SYNC-13). Fees stay: the edge settled them at the gate. Writes an
 * audit row.
 */
export async function correctPast(
  client: SqlRunner,
  { clock }: Pick<IngestContext, "clock">,
  { scope, boot, anchor }: { readonly scope: AnchoringScope; readonly boot: Uuid; readonly anchor: Anchor },
): Promise<void> {
  const { deviceId, lotId, operatorId } = scope.owner;
  const { rows } = await client.query<{ n: string; line: string }>(
    `SELECT n, line FROM edge_events WHERE device_id = $1 AND epoch = $2 AND line::json->>'boot' = $3
       AND line::json->>'quality' = 'unknown' ORDER BY n DESC LIMIT $4`,
    [deviceId, scope.epoch, boot, CORRECTED_MAX],
  );
  const told = rows.flatMap(({ n, line }) => {
    const read = readLine(line, Number(n));
    return read.kind === "event" ? [{ before: read.event, after: anchorEvent(read.event, anchor) }] : [];
  });
  if (told.length === 0) return;
  const now = new Date(clock.wall());
  const moved = told.map(({ before, after }) => ({ n: before.n, id: null, before: before.at, after: after.at }));
  await moveEvents.run(client, [deviceId, scope.epoch], moved);
  await moveEntries.run(client, [lotId, now], told.flatMap(entryOf));
  await moveExits.run(client, [lotId, now], told.flatMap(exitOf));
  await moveMovements.run(client, [lotId], movementsOf(told));
  const first = told.at(-1);
  const details = { boot, events: told.length, moved_ms: first ? first.after.at - first.before.at : 0 };
  await client.query(
    `INSERT INTO audit_log (at, operator_id, lot_id, actor_kind, actor_id, action, subject_kind, subject_id, details)
     VALUES ($1, $2, $3, 'device', $4, 'device.times_corrected', 'device', $4, $5)`,
    [now, operatorId, lotId, deviceId, JSON.stringify(details)],
  );
}

type Told = { readonly before: ReturnType<typeof anchorEvent>; readonly after: ReturnType<typeof anchorEvent> };

function entryOf({ before, after }: Told): Moved[] {
  if (before.body.type !== "session.opened" || after.body.type !== "session.opened") return [];
  return [{ n: before.n, id: before.body.session_id, before: before.body.entered_at, after: after.body.entered_at }];
}

function exitOf({ before, after }: Told): Moved[] {
  if (before.body.type !== "session.closed" || after.body.type !== "session.closed") return [];
  return [{ n: before.n, id: before.body.session_id, before: before.body.exited_at, after: after.body.exited_at }];
}

function movementsOf(told: readonly Told[]): Moved[] {
  const inOrder = told.toReversed();
  const after = new Map(foldMovements(inOrder.map((one) => one.after)).map((one) => [one.id, one.at]));
  return foldMovements(inOrder.map((one) => one.before)).map(({ id, at }) => ({
    n: 0,
    id,
    before: at,
    after: after.get(id) ?? at,
  }));
}
