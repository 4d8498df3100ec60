import type { ClockQuality, LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Account } from "@gatehouse/shared/contracts/replica/account.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import type { Reservation } from "@gatehouse/shared/contracts/replica/reservation.ts";
import type {
  CodeFault,
  EntryFacts,
  ExitFacts,
  LaneMode,
  LotCounts,
  PermitUse,
  PlateRead,
  PoolUse,
  SharedFacts,
  StayValidation,
} from "@gatehouse/shared/domain/access/facts.ts";
import { type Identity, identify } from "@gatehouse/shared/domain/access/identify.ts";
import { ownSessions } from "@gatehouse/shared/domain/access/known-stays.ts";
import type { Session } from "@gatehouse/shared/domain/session/session-types.ts";
import { fromIso, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { AttachedItems } from "../store/replica-facts.ts";
import { plateTextOf, type Shown } from "./shown.ts";
import { judgeCode } from "./shown-code.ts";
import { validationsOf } from "./validation-use.ts";

/** What the desk knows of the world outside the store. */
export interface DeskView {
  readonly records: DecisionRecords;
  readonly policy: LotPolicy;
  readonly link: LinkState;
  readonly clock: ClockQuality;
  readonly replica: { readonly version: number; readonly ageMs: number | null };
  readonly at: WallMs;
  readonly isStoreFull: boolean;
}

/** What an earlier decision on the same movement has left behind. */
export interface SameMovement {
  /** A stay that it opened: to be judged as if it weren't there. */
  readonly opened: Session | null;
  /** Where payments of a vehicle without a stay are booked. */
  readonly unboundSessionId: string | null;
  /** What is wrong with a validation that was shown just now. */
  readonly validationFault: CodeFault | null;
  /** On trial: a validation that isn't booked, for `explain`. */
  readonly onTrial: readonly StayValidation[];
}

export const FIRST_DECISION: SameMovement = {
  opened: null,
  unboundSessionId: null,
  validationFault: null,
  onTrial: [],
};

interface Gathered {
  readonly shared: SharedFacts;
  readonly who: Identity;
  readonly own: readonly Session[];
  readonly blocklist: EntryFacts["blocklist"];
  readonly accounts: readonly Account[];
  readonly ticketIssuedAt: WallMs | null;
}

/** Everything that an entry decision rests on, by indexed reads in the running transaction. */
export function gatherEntry(view: DeskView, shown: Shown, same: SameMovement): EntryFacts {
  const { shared, own, blocklist } = gather(view, shown, same);
  const { opened } = same;
  const except = [...own, ...(opened === null ? [] : [opened])].map((session) => session.sessionId);
  return {
    ...shared,
    blocklist,
    permitUse: permitUse(view, shared.permits, except),
    pools: poolUse(view, shared.permits, except),
    isStoreFull: view.isStoreFull,
    counts: countsWithout(view.records.occupancy.counts(), opened),
    wantedSpotType: "standard",
    vehicleClass: null,
  };
}

/** Everything that an exit decision rests on. */
export function gatherExit(view: DeskView, shown: Shown, same: SameMovement): ExitFacts {
  const { shared, who, own, accounts, ticketIssuedAt } = gather(view, shown, same);
  const { records } = view;
  const attached = own.map(({ sessionId }) => ({ sessionId, ...records.replica.attachedTo(sessionId) }));
  const booked = bookedReservations(view, own, shared.reservations);
  return {
    ...shared,
    reservations: [...shared.reservations, ...booked],
    payments: [
      ...attached.flatMap((one) => creditPayments(one, view.policy)),
      ...unboundPayments(view, same.unboundSessionId),
    ],
    validations: [
      ...attached.flatMap(({ sessionId, validations }) => validationsOf(records, sessionId, validations)),
      ...same.onTrial,
    ],
    ticketIssuedAt,
    lostTicket: shown.lostTicket,
    autoPay: autoPay(view, who, accounts),
  };
}

function gather({ records, policy, link, clock, replica }: DeskView, shown: Shown, same: SameMovement): Gathered {
  const opened = same.opened?.sessionId ?? null;
  const reads = readsOf(shown);
  const { credential, fault, issuedAt } = judgeCode({ records, lotId: policy.lot_id }, shown, opened);
  const who = identify({ reads, credential }, policy);
  const { permits, reservations, blocklist, accounts } = records.replica.find(who);
  const sessions = candidateSessions(records, who).filter(({ sessionId }) => sessionId !== opened);
  return {
    shared: {
      lane: { laneId: shown.laneId, direction: shown.direction, mode: modeOf(shown), vehiclePresent: true },
      reads,
      credential,
      codeFault: same.validationFault ?? fault,
      sessions,
      permits,
      reservations,
      tariffs: records.replica.tariffs(),
      debts: who.plate === null ? [] : records.money.debtsOf(who.plate),
      link,
      replica,
      clock,
    },
    who,
    own: ownSessions({ sessions }, who),
    // A hand that takes over has seen the listing; who it lets in is in the audit.
    blocklist: shown.override === null ? blocklist : [],
    accounts,
    ticketIssuedAt: fault === null ? issuedAt : null,
  };
}

/** Under an override the rules record what passes as in a lane that stands open, and refuse nobody. */
function modeOf({ override }: Shown): LaneMode {
  return override === null ? "automatic" : "held_open";
}

/**
 * The lane offers a read only while it is fresh on the monotonic clock and its vehicle stands on the loop (SAFE-27), so
 * here it is as new as can be; the wall times in it are evidence and say nothing about its age.
 */
function readsOf(shown: Shown): readonly PlateRead[] {
  const raw = plateTextOf(shown);
  if (raw === "" && shown.read === null) return [];
  return [{ raw, confidence: shown.read?.confidence ?? null, heading: null, ageMs: 0 }];
}

function candidateSessions({ sessions }: DecisionRecords, { plate, code }: Identity): readonly Session[] {
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

function countsWithout(counts: LotCounts, session: Session | null): LotCounts {
  if (session === null) return counts;
  const less = (count: number | undefined): number => Math.max(0, (count ?? 0) - 1);
  const { inside, insideBySpotType, insideByArea } = counts;
  const { spotType, area } = session;
  return {
    inside: less(inside),
    insideBySpotType: { ...insideBySpotType, [spotType]: less(insideBySpotType[spotType]) },
    insideByArea: area === null ? insideByArea : { ...insideByArea, [area]: less(insideByArea[area]) },
  };
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

/** Online payments of a stay; one in another currency than the lot's is no amount that can be counted here. */
function creditPayments(
  { sessionId, credits }: Pick<AttachedItems, "credits"> & { readonly sessionId: string },
  { currency }: Pick<LotPolicy, "currency">,
): ExitFacts["payments"] {
  return credits
    .filter((credit) => credit.currency === currency)
    .map((credit) => ({
      sessionId,
      paymentId: credit.credit_id,
      amountMinor: credit.amount_minor,
      paidAt: fromIso(credit.paid_at),
      paidUntil: fromIso(credit.paid_until),
    }));
}

function unboundPayments({ records }: DeskView, sessionId: string | null): ExitFacts["payments"] {
  if (sessionId === null) return [];
  return records.money.paymentsOf(sessionId).map((payment) => ({ ...payment, sessionId: null }));
}

/** The agreement of exactly this plate (SAFE-27); while the clock is not trusted, one with an end holds. */
function autoPay(
  { policy, at, clock }: DeskView,
  { plate }: Identity,
  accounts: readonly Account[],
): ExitFacts["autoPay"] {
  const holds = (until: string | null): boolean => until === null || clock === "unknown" || at < fromIso(until);
  const account = accounts.find(
    (one) => plate !== null && one.plates.includes(plate) && one.currency === policy.currency && holds(one.valid_until),
  );
  return account === undefined ? null : { accountId: account.account_id, maxAmountMinor: account.max_amount_minor };
}
