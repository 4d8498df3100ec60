import type { SessionKind } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Direction, MovementOutcome, SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import { confusableKey } from "@gatehouse/shared/domain/plate/normalise.ts";
import { isInside } from "@gatehouse/shared/domain/session/session.ts";
import type { CloseReason, Session, SessionState, VoidReason } from "@gatehouse/shared/domain/session/session-types.ts";
import type { StayPayment } from "@gatehouse/shared/domain/tariff/quote.ts";
import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Database } from "better-sqlite3";
import { prepareStayPayments } from "./money-rows.ts";

/** Candidates of one decision at most, the newest ones; a plate key with more is not one vehicle's. */
const CANDIDATES_MAX = 32;
/** Rows that are looked at for them: a vehicle that is never seen to pass leaves one at each visit until it is deleted. */
const LOOKED_AT_MAX = 1_000;

const COLUMNS = `session_id, kind, plate, ticket, permit_id, reservation_id, spot_type, vehicle_class, occupancy_permille,
  tariff_id, tariff_version, entered_at, status, paid_until, ended_at, end_reason, fee_minor, debt_minor, paid_minor, currency,
  last_movement_id, last_direction, last_outcome, area`;

/** A session's row as the schema and `write` keep it; the closed words in it are only ever written from their types. */
interface SessionRecord {
  readonly session_id: string;
  readonly kind: SessionKind;
  readonly plate: string | null;
  readonly ticket: string | null;
  readonly permit_id: string | null;
  readonly reservation_id: string | null;
  readonly spot_type: SpotType;
  readonly area: string | null;
  readonly vehicle_class: string | null;
  readonly occupancy_permille: number | null;
  readonly tariff_id: string | null;
  readonly tariff_version: number | null;
  readonly entered_at: number;
  readonly status: SessionState["status"];
  readonly paid_until: number | null;
  readonly ended_at: number | null;
  readonly end_reason: string | null;
  readonly fee_minor: number | null;
  readonly debt_minor: number | null;
  readonly paid_minor: number;
  readonly currency: string | null;
  readonly last_movement_id: string | null;
  readonly last_direction: Direction | null;
  readonly last_outcome: MovementOutcome | null;
}

export interface SessionRows {
  find(sessionId: string): Session | null;
  /** Findable sessions whose plate is this one or one that looks like it. */
  byPlate(plate: string): readonly Session[];
  byTicket(code: string): readonly Session[];
  /** Whether a stay hung on this ticket that no decision rests on any more. */
  isTicketUsed(code: string): boolean;
  /** Writes all of a session but its payments. `currency` is that of its amounts, null while it has none. */
  write(session: Session, currency: string | null): void;
  /** Of all sessions of the permit that are inside, those of none of `except`. */
  insideOfPermit(permitId: string, except: readonly string[]): number;
  insideOfPool(generation: number, poolId: string, except: readonly string[]): number;
  /** Sessions that are inside, by where they are. */
  countInside(): readonly { readonly spotType: SpotType; readonly area: string | null; readonly inside: number }[];
}

/** Sessions on the writing connection; reads see what the running transaction wrote. */
export function prepareSessionRows(db: Database): SessionRows {
  const find = db.prepare<[string], SessionRecord>(`SELECT ${COLUMNS} FROM sessions WHERE session_id = ?`);
  // Sorted here: with ORDER BY, or a bound LIMIT, SQLite plans the statement anew at each call, for 10 to 20 us.
  const byPlate = db.prepare<[string], SessionRecord>(
    `SELECT ${COLUMNS} FROM sessions WHERE plate_key = ? AND findable = 1 LIMIT ${LOOKED_AT_MAX}`,
  );
  const byTicket = db.prepare<[string], SessionRecord>(
    `SELECT ${COLUMNS} FROM sessions WHERE ticket = ? AND findable = 1 LIMIT ${LOOKED_AT_MAX}`,
  );
  const paymentsOf = prepareStayPayments(db);
  const write = db.prepare<SqlValue[]>(
    `INSERT INTO sessions (session_id, kind, plate, plate_key, ticket, permit_id, reservation_id, spot_type,
       vehicle_class, occupancy_permille, tariff_id, tariff_version, entered_at, status, paid_until, ended_at, end_reason,
       fee_minor, debt_minor, paid_minor, currency, last_movement_id, last_direction, last_outcome, findable, area)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session_id) DO UPDATE SET status = excluded.status, paid_until = excluded.paid_until,
       ended_at = excluded.ended_at, end_reason = excluded.end_reason, fee_minor = excluded.fee_minor,
       debt_minor = excluded.debt_minor, paid_minor = excluded.paid_minor,
       currency = coalesce(excluded.currency, sessions.currency), last_movement_id = excluded.last_movement_id,
       last_direction = excluded.last_direction, last_outcome = excluded.last_outcome, findable = excluded.findable,
       area = excluded.area`,
  );
  const ofPermit = db.prepare<[string], { session_id: string }>(
    "SELECT session_id FROM sessions WHERE permit_id = ? AND findable = 1 AND status IN ('open', 'paid')",
  );
  const ofPool = db.prepare<[number, string], { session_id: string }>(
    `SELECT s.session_id FROM replica_terms t JOIN sessions s ON s.permit_id = t.key AND s.findable = 1
     WHERE t.generation = ? AND t.kind = 'pool' AND t.term = ? AND s.status IN ('open', 'paid')`,
  );
  const endedTicket = db
    .prepare<[string], number>("SELECT 1 FROM sessions WHERE ticket = ? AND findable = 0 LIMIT 1")
    .pluck();
  const inside = db.prepare<[], { spotType: SpotType; area: string | null; inside: number }>(
    `SELECT spot_type AS spotType, area, count(*) AS inside FROM sessions WHERE status IN ('open', 'paid')
     GROUP BY spot_type, area`,
  );

  function toSession(row: SessionRecord): Session {
    // Most stays have no payment yet: their row says so without another look-up.
    return sessionOf(row, row.paid_minor === 0 ? [] : paymentsOf(row.session_id));
  }

  function newest(rows: SessionRecord[]): readonly Session[] {
    rows.sort((left, right) => (left.session_id < right.session_id ? 1 : -1));
    return rows.slice(0, CANDIDATES_MAX).map(toSession);
  }

  function countExcept(rows: readonly { session_id: string }[], except: readonly string[]): number {
    return rows.filter(({ session_id }) => !except.includes(session_id)).length;
  }

  return {
    find: (sessionId) => {
      const row = find.get(sessionId);
      return row === undefined ? null : toSession(row);
    },
    byPlate: (plate) => newest(byPlate.all(confusableKey(plate))),
    byTicket: (code) => newest(byTicket.all(code)),
    isTicketUsed: (code) => endedTicket.get(code) !== undefined,
    write: (session, currency) => void write.run(...valuesOf(session, currency)),
    insideOfPermit: (permitId, except) => countExcept(ofPermit.all(permitId), except),
    insideOfPool: (generation, poolId, except) => countExcept(ofPool.all(generation, poolId), except),
    countInside: () => inside.all(),
  };
}

type SqlValue = string | number | null;

function valuesOf(session: Session, currency: string | null): SqlValue[] {
  const { state, lastMovement, tariff } = session;
  const end = endOf(state);
  const paidMinor = session.payments.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const findable = isInside(session) || lastMovement?.outcome === "not_seen";
  return [
    session.sessionId,
    session.kind,
    session.plate,
    session.plate === null ? null : confusableKey(session.plate),
    session.ticket,
    session.permitId,
    session.reservationId,
    session.spotType,
    session.vehicleClass,
    session.occupancyPermilleAtEntry,
    tariff?.id ?? null,
    tariff?.version ?? null,
    session.enteredAt,
    state.status,
    state.status === "paid" ? state.paidUntil : null,
    end.at,
    end.reason,
    end.feeMinor,
    end.debtMinor,
    paidMinor,
    currency,
    lastMovement?.movementId ?? null,
    lastMovement?.direction ?? null,
    lastMovement?.outcome ?? null,
    findable ? 1 : 0,
    session.area,
  ];
}

interface SessionEnd {
  readonly at: WallMs | null;
  readonly reason: string | null;
  readonly feeMinor: number | null;
  readonly debtMinor: number | null;
}

function endOf(state: SessionState): SessionEnd {
  switch (state.status) {
    case "open":
    case "paid":
      return { at: null, reason: null, feeMinor: null, debtMinor: null };
    case "closed":
      return { at: state.at, reason: state.reason, feeMinor: state.feeMinor, debtMinor: state.debtMinor };
    case "voided":
      return { at: state.at, reason: state.reason, feeMinor: null, debtMinor: null };
    default:
      return assertNever(state);
  }
}

function sessionOf(row: SessionRecord, payments: readonly StayPayment[]): Session {
  return {
    sessionId: row.session_id,
    kind: row.kind,
    plate: row.plate,
    ticket: row.ticket,
    permitId: row.permit_id,
    reservationId: row.reservation_id,
    spotType: row.spot_type,
    area: row.area,
    vehicleClass: row.vehicle_class,
    occupancyPermilleAtEntry: row.occupancy_permille,
    tariff: row.tariff_id === null ? null : { id: row.tariff_id, version: row.tariff_version ?? 0 },
    enteredAt: wallMs(row.entered_at),
    state: stateOf(row),
    payments,
    lastMovement:
      row.last_movement_id === null || row.last_direction === null
        ? null
        : { movementId: row.last_movement_id, direction: row.last_direction, outcome: row.last_outcome },
  };
}

function stateOf(row: SessionRecord): SessionState {
  const at = wallMs(row.ended_at ?? row.entered_at);
  switch (row.status) {
    case "open":
      return { status: "open" };
    case "paid":
      return { status: "paid", paidUntil: wallMs(row.paid_until ?? row.entered_at) };
    case "closed":
      return {
        status: "closed",
        at,
        reason: row.end_reason as CloseReason,
        feeMinor: row.fee_minor ?? 0,
        debtMinor: row.debt_minor ?? 0,
      };
    case "voided":
      return { status: "voided", at, reason: row.end_reason as VoidReason };
    default:
      return assertNever(row.status);
  }
}
