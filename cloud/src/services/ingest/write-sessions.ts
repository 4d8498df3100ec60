import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { OpenedSession, SessionChange } from "./session-changes.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { type Column, rowStatement } from "./unnest.ts";
import type { Stretch } from "./write-events.ts";

/** What the bus tells of a session, beside the event itself. */
export interface SessionFacts {
  readonly id: Uuid;
  readonly plate: string | null;
  readonly enteredAt: number;
}

export interface WrittenSessions {
  /** Facts of the sessions that this run ended or opened. */
  readonly facts: ReadonlyMap<Uuid, SessionFacts>;
  /** Sessions from before the run that ended only because their plate came in again. */
  readonly superseded: readonly (SessionFacts & { readonly endedAt: number; readonly currency: string })[];
}

type OpenedChange = SessionChange & { readonly opened: OpenedSession };

const END_COLUMNS: readonly Column<SessionChange>[] = [
  { name: "id", type: "uuid", of: (change) => change.id },
  { name: "status", type: "text", of: (change) => change.end?.status ?? null },
  { name: "close_reason", type: "text", of: (change) => change.end?.reason ?? null },
  { name: "exit_at", type: "float8", of: (change) => (change.end?.status === "closed" ? change.end.at / 1_000 : null) },
  { name: "fee_minor", type: "int8", of: (change) => closedOf(change)?.fee_minor ?? null },
  { name: "end_paid_minor", type: "int8", of: (change) => closedOf(change)?.paid_minor ?? null },
  { name: "debt_minor", type: "int8", of: (change) => closedOf(change)?.debt_minor ?? null },
  { name: "currency", type: "text", of: (change) => closedOf(change)?.currency ?? null },
  { name: "exit_lane_id", type: "uuid", of: (change) => closedOf(change)?.lane_id ?? null },
  { name: "exit_movement_id", type: "uuid", of: (change) => closedOf(change)?.movement_id ?? null },
  { name: "paid_minor", type: "int8", of: (change) => change.paidMinor },
  { name: "has_payment", type: "bool", of: (change) => change.hasPayment },
];

const updateHeld = rowStatement<SessionChange>("ingest_sessions_update", {
  fixed: 2,
  columns: END_COLUMNS,
  text: `
    UPDATE parking_sessions AS held SET
      status = coalesce(row.status, CASE WHEN row.has_payment AND held.status = 'open' THEN 'paid' ELSE held.status END),
      close_reason = coalesce(row.close_reason, held.close_reason),
      exit_time = coalesce(to_timestamp(row.exit_at), held.exit_time),
      fee_minor = coalesce(row.fee_minor, held.fee_minor),
      paid_minor = coalesce(row.end_paid_minor, held.paid_minor) + row.paid_minor,
      debt_minor = coalesce(row.debt_minor, held.debt_minor),
      currency = coalesce(row.currency, held.currency),
      exit_lane_id = coalesce(row.exit_lane_id, held.exit_lane_id),
      exit_movement_id = coalesce(row.exit_movement_id, held.exit_movement_id),
      license_plate = CASE WHEN held.license_plate IS NULL AND held.entry_movement_id IS NULL AND row.status = 'closed'
        THEN (SELECT plate FROM movements WHERE lot_id = $1::uuid AND id = row.exit_movement_id) ELSE held.license_plate END,
      version = held.version + 1,
      updated_at = $2::timestamptz
    FROM ROWS
    WHERE held.parking_lot_id = $1::uuid AND held.id = row.id
    RETURNING held.id, held.license_plate AS plate, extract(epoch FROM held.entry_time)::float8 * 1000 AS entered_at`,
});

const supersede = rowStatement<OpenedChange>("ingest_sessions_supersede", {
  fixed: 2,
  columns: [
    { name: "id", type: "uuid", of: (change) => change.id },
    { name: "plate", type: "text", of: (change) => change.opened.plate },
    { name: "entered_at", type: "float8", of: (change) => change.opened.entered_at / 1_000 },
  ],
  text: `
    UPDATE parking_sessions AS held SET
      status = 'closed', close_reason = 'superseded', exit_time = to_timestamp(row.entered_at),
      version = held.version + 1, updated_at = $2::timestamptz
    FROM ROWS
    WHERE held.parking_lot_id = $1::uuid AND held.license_plate = row.plate AND held.id <> row.id
      AND held.status IN ('open', 'paid')
    RETURNING held.id, held.license_plate AS plate, extract(epoch FROM held.entry_time)::float8 * 1000 AS entered_at,
      row.entered_at * 1000 AS ended_at, held.currency`,
});

const insertOpened = rowStatement<OpenedChange>("ingest_sessions_open", {
  fixed: 2,
  columns: [
    ...END_COLUMNS,
    { name: "plate", type: "text", of: (change) => change.opened.plate },
    { name: "ticket", type: "text", of: (change) => change.opened.ticket },
    { name: "kind", type: "text", of: (change) => change.opened.kind },
    { name: "permit_id", type: "text", of: (change) => change.opened.permit_id },
    { name: "reservation_id", type: "text", of: (change) => change.opened.reservation_id },
    { name: "spot_type", type: "text", of: (change) => change.opened.spot_type },
    { name: "entry_at", type: "float8", of: (change) => change.opened.entered_at / 1_000 },
    { name: "tariff_id", type: "uuid", of: (change) => change.opened.tariff?.id ?? null },
    { name: "tariff_version", type: "int4", of: (change) => change.opened.tariff?.version ?? null },
    { name: "lane_id", type: "uuid", of: (change) => change.opened.lane_id },
    { name: "movement_id", type: "uuid", of: (change) => change.opened.movement_id },
  ],
  // A session that is here already (another epoch of the device told of it) keeps how it began.
  text: `
    INSERT INTO parking_sessions (parking_lot_id, id, license_plate, ticket, kind, permit_id, reservation_id, spot_type,
      entry_time, exit_time, status, close_reason, tariff_id, tariff_version, fee_minor, paid_minor, debt_minor, currency,
      entry_lane_id, entry_movement_id, exit_lane_id, exit_movement_id, origin, created_at, updated_at)
    SELECT $1::uuid, row.id, row.plate, row.ticket, row.kind, row.permit_id, row.reservation_id, row.spot_type,
      to_timestamp(row.entry_at), to_timestamp(row.exit_at),
      coalesce(row.status, CASE WHEN row.has_payment THEN 'paid' ELSE 'open' END), row.close_reason,
      row.tariff_id, row.tariff_version, row.fee_minor, coalesce(row.end_paid_minor, 0) + row.paid_minor,
      coalesce(row.debt_minor, 0), coalesce(row.currency, lot.currency), row.lane_id, row.movement_id,
      row.exit_lane_id, row.exit_movement_id, 'edge', $2::timestamptz, $2::timestamptz
    FROM ROWS, (SELECT currency FROM parking_lots WHERE id = $1::uuid) AS lot
    ON CONFLICT (parking_lot_id, id) DO UPDATE SET
      status = excluded.status, close_reason = excluded.close_reason, exit_time = excluded.exit_time,
      fee_minor = excluded.fee_minor, paid_minor = excluded.paid_minor, debt_minor = excluded.debt_minor,
      exit_lane_id = excluded.exit_lane_id, exit_movement_id = excluded.exit_movement_id,
      version = parking_sessions.version + 1, updated_at = excluded.updated_at
    WHERE excluded.status IN ('closed', 'voided')`,
});

const insertUnseen = rowStatement<SessionChange>("ingest_sessions_unseen", {
  fixed: 2,
  columns: [...END_COLUMNS, { name: "first_at", type: "float8", of: (change) => change.firstAt / 1_000 }],
  // When it came in, nobody saw: it begins with what is known first, a payment (of a lost ticket) or its end. The exit's
  // own movement names the vehicle.
  text: `
    INSERT INTO parking_sessions (parking_lot_id, id, license_plate, entry_time, exit_time, status, close_reason,
      fee_minor, paid_minor, debt_minor, currency, exit_lane_id, exit_movement_id, origin, created_at, updated_at)
    SELECT $1::uuid, row.id, passage.plate, to_timestamp(row.first_at), to_timestamp(row.exit_at),
      coalesce(row.status, 'paid'), row.close_reason, row.fee_minor, coalesce(row.end_paid_minor, 0) + row.paid_minor,
      coalesce(row.debt_minor, 0), coalesce(row.currency, lot.currency), row.exit_lane_id, row.exit_movement_id,
      'edge', $2::timestamptz, $2::timestamptz
    FROM (SELECT currency FROM parking_lots WHERE id = $1::uuid) AS lot, ROWS
    LEFT JOIN movements AS passage ON passage.lot_id = $1::uuid AND passage.id = row.exit_movement_id
    RETURNING id, license_plate AS plate, extract(epoch FROM entry_time)::float8 * 1000 AS entered_at`,
});

const NO_ROWS = { rows: [] };

interface FactRow {
  readonly id: Uuid;
  readonly plate: string | null;
  readonly entered_at: number;
}

/**
 * Writes what a run of events did to sessions. Movements of the run must be written, or handed over, before. Ends go before beginnings,
 * so that at no moment a plate has two open sessions in a lot.
 */
export async function writeSessions(
  client: SqlRunner,
  stretch: Stretch,
  changes: readonly SessionChange[],
): Promise<WrittenSessions> {
  const fixed = [stretch.lotId, new Date(stretch.receivedAt)];
  const facts = new Map<Uuid, SessionFacts>();
  const note = (rows: readonly FactRow[]): void => {
    for (const { id, plate, entered_at } of rows) facts.set(id, { id, plate, enteredAt: entered_at });
  };
  const opened = changes.filter(isOpened);
  const others = changes.filter((change) => change.opened === null);
  const arrived = stretch.isLate ? [] : firstOfEachPlate(opened);
  // Handed to the connection together, it carries them out in this order.
  const [held, superseded] = await Promise.all([
    others.length > 0 ? updateHeld.run(client, fixed, others) : NO_ROWS,
    arrived.length > 0 ? supersede.run(client, fixed, arrived) : NO_ROWS,
    opened.length > 0 ? insertOpened.run(client, fixed, opened) : NO_ROWS,
  ]);
  note(held.rows);
  const unseen = others.filter((change) => (change.end !== null || change.hasPayment) && !facts.has(change.id));
  if (unseen.length > 0) note((await insertUnseen.run(client, fixed, unseen)).rows);
  for (const { id, opened: entry } of opened) facts.set(id, { id, plate: entry.plate, enteredAt: entry.entered_at });
  return { facts, superseded: superseded.rows.map(supersededOf) };
}

function firstOfEachPlate(opened: readonly OpenedChange[]): OpenedChange[] {
  const plates = new Set<string>();
  return opened.filter(({ opened: { plate } }) => plate !== null && !plates.has(plate) && plates.add(plate));
}

function isOpened(change: SessionChange): change is OpenedChange {
  return change.opened !== null;
}

function closedOf({ end }: SessionChange) {
  return end?.status === "closed" ? end.closed : null;
}

function supersededOf(row: FactRow & { readonly ended_at: number; readonly currency: string }) {
  return { id: row.id, plate: row.plate, enteredAt: row.entered_at, endedAt: row.ended_at, currency: row.currency };
}
