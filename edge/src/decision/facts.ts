import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Reservation } from "@gatehouse/shared/contracts/replica/reservation.ts";
import type {
  EntryFacts,
  ExitFacts,
  LaneMode,
  PermitUse,
  PlateRead,
  PoolUse,
  SharedFacts,
  ShownCredential,
} from "@gatehouse/shared/domain/access/facts.ts";
import { identify } from "@gatehouse/shared/domain/access/identify.ts";
import { ownSessions } from "@gatehouse/shared/domain/access/known-stays.ts";
import type { Session } from "@gatehouse/shared/domain/session/session-types.ts";
import { fromIso } from "@gatehouse/shared/kit/clock.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { DecisionRequest } from "./decision-desk.ts";

/** What the desk knows of the world outside the store. */
export interface DeskView {
  readonly records: DecisionRecords;
  readonly policy: LotPolicy;
  readonly link: LinkState;
  readonly clock: ClockQuality;
  readonly replica: { readonly version: number; readonly ageMs: number | null };
}

interface Gathered {
  readonly shared: SharedFacts;
  readonly own: readonly Session[];
  readonly blocklist: EntryFacts["blocklist"];
}

/** Everything that an entry decision rests on, by indexed reads in the running transaction. */
export function gatherEntry(view: DeskView, request: DecisionRequest): EntryFacts {
  const { shared, own, blocklist } = gather(view, request);
  const except = own.map((session) => session.sessionId);
  return {
    ...shared,
    blocklist,
    permitUse: permitUse(view, shared.permits, except),
    pools: poolUse(view, shared.permits, except),
    counts: view.records.occupancy.counts(),
    wantedSpotType: "standard",
    vehicleClass: null,
  };
}

/** Everything that an exit decision rests on. `unboundSessionId`: where payments of a vehicle without a stay are booked. */
export function gatherExit(view: DeskView, request: DecisionRequest, unboundSessionId: string | null): ExitFacts {
  const { shared, own } = gather(view, request);
  const booked = bookedReservations(view, own, shared.reservations);
  return {
    ...shared,
    reservations: [...shared.reservations, ...booked],
    payments: [...creditPayments(view, own), ...unboundPayments(view, unboundSessionId)],
    validations: [],
    lostTicket: false,
    autoPay: null,
  };
}

function gather({ records, policy, link, clock, replica }: DeskView, request: DecisionRequest): Gathered {
  const reads = readsOf(request);
  const credential = credentialOf(records, request);
  const who = identify({ reads, credential }, policy);
  const { permits, reservations, blocklist } = records.replica.find(who);
  const sessions = candidateSessions(records, who);
  return {
    shared: {
      lane: { laneId: request.laneId, direction: request.direction, mode: modeOf(request), vehiclePresent: true },
      reads,
      credential,
      sessions,
      permits,
      reservations,
      tariffs: records.replica.tariffs(),
      debts: who.plate === null ? [] : records.money.debtsOf(who.plate),
      link,
      replica,
      clock,
    },
    own: ownSessions({ sessions }, who),
    // A hand that takes over has seen the listing; who it lets in is in the audit.
    blocklist: request.override === null ? blocklist : [],
  };
}

/** Under an override the rules record what passes as in a lane that stands open, and refuse nobody. */
function modeOf({ override }: DecisionRequest): LaneMode {
  return override === null ? "automatic" : "held_open";
}

/**
 * The lane offers a read only while it is fresh on the monotonic clock and its vehicle stands on the loop (SAFE-27), so
 * here it is as new as can be; the wall times in it are evidence and say nothing about its age.
 */
function readsOf({ credential, read }: DecisionRequest): readonly PlateRead[] {
  if (read !== null) return [{ raw: read.raw, confidence: read.confidence, heading: null, ageMs: 0 }];
  if (credential.kind !== "plate") return [];
  return [{ raw: credential.value, confidence: null, heading: null, ageMs: 0 }];
}

/** A ticket at an entry that no stay hangs on was printed for this vehicle. */
function credentialOf(
  { sessions }: DecisionRecords,
  { credential: { kind, value }, direction }: DecisionRequest,
): ShownCredential | null {
  switch (kind) {
    case "plate":
    case "operator":
      return null;
    case "ticket": {
      const isFresh = direction === "entry" && sessions.byTicket(value).length === 0;
      return { kind: isFresh ? "fresh_ticket" : "ticket", code: value };
    }
    case "qr":
    case "card":
    case "pin":
      return { kind, code: value };
  }
}

function candidateSessions(
  { sessions }: DecisionRecords,
  { plate, code }: { readonly plate: string | null; readonly code: string | null },
): readonly Session[] {
  const byPlate = plate === null ? [] : sessions.byPlate(plate);
  if (code === null) return byPlate;
  const known = new Set(byPlate.map((session) => session.sessionId));
  return [...byPlate, ...sessions.byTicket(code).filter((session) => !known.has(session.sessionId))];
}

function permitUse({ records }: DeskView, permits: readonly Permit[], except: readonly string[]): readonly PermitUse[] {
  return permits.map(({ permit_id }) => ({
    permitId: permit_id,
    inside: records.sessions.insideOfPermit(permit_id, except),
  }));
}

function poolUse({ records }: DeskView, permits: readonly Permit[], except: readonly string[]): readonly PoolUse[] {
  const poolIds = new Set(permits.flatMap(({ pool_id }) => pool_id ?? []));
  return [...poolIds].flatMap((poolId) => {
    const pool = records.replica.pool(poolId);
    if (pool === null) return [];
    return [{ pool, inside: records.sessions.insideOfPool(records.replica.generation(), poolId, except) }];
  });
}

/** Reservations that the vehicle's stays began with and that neither plate nor code led to. */
function bookedReservations(
  { records }: DeskView,
  own: readonly Session[],
  found: readonly Reservation[],
): readonly Reservation[] {
  const known = new Set(found.map((one) => one.reservation_id));
  return own.flatMap(({ reservationId }) => {
    if (reservationId === null || known.has(reservationId)) return [];
    return records.replica.reservation(reservationId) ?? [];
  });
}

function creditPayments({ records }: DeskView, own: readonly Session[]): ExitFacts["payments"] {
  return own.flatMap(({ sessionId }) =>
    records.replica.creditsOf(sessionId).map((credit) => ({
      sessionId,
      paymentId: credit.credit_id,
      amountMinor: credit.amount_minor,
      paidAt: fromIso(credit.paid_at),
      paidUntil: fromIso(credit.paid_until),
    })),
  );
}

function unboundPayments({ records }: DeskView, sessionId: string | null): ExitFacts["payments"] {
  if (sessionId === null) return [];
  return records.money.paymentsOf(sessionId).map((payment) => ({ ...payment, sessionId: null }));
}
