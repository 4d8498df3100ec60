import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { Permit } from "../../contracts/replica/permit.ts";
import type { Reservation } from "../../contracts/replica/reservation.ts";
import { fromIso, type WallMs } from "../../kit/clock.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import { isInWeeklyWindow } from "../wall-clock/weekly.ts";
import type { Reason } from "./decision.ts";
import type { EntryFacts, SharedFacts } from "./facts.ts";
import type { Identity } from "./identify.ts";
import type { ReasonCode } from "./reasons.ts";
import { canJudgeTime, freshnessOf } from "./trust.ts";
import { byPolicy, byRule } from "./verdict.ts";

/** A vehicle at an entry with all that is known. */
export interface EntryCase {
  readonly facts: EntryFacts;
  readonly policy: LotPolicy;
  readonly now: WallMs;
  readonly who: Identity;
}

/** What a vehicle may claim. `notes` say what was found besides. */
export type Entitlement =
  | { readonly kind: "permit"; readonly permit: Permit; readonly notes: readonly Reason[] }
  | { readonly kind: "reservation"; readonly reservation: Reservation; readonly notes: readonly Reason[] }
  /** The permit's limit is reached and its policy says no. */
  | { readonly kind: "denied"; readonly reason: Reason; readonly notes: readonly Reason[] }
  /** The permit's limit is reached; the stay is paid. */
  | { readonly kind: "billed"; readonly permit: Permit; readonly notes: readonly Reason[] }
  /** The right rests on data or a clock that the policy doesn't trust. */
  | { readonly kind: "ask_operator"; readonly reason: Reason }
  | { readonly kind: "none"; readonly notes: readonly Reason[] };

/** Finds the best right of a vehicle: a permit with room, a reservation, then what the permit's overflow policy says. */
export function entitlementOf(entry: EntryCase): Entitlement {
  const permits = trusted(entry, "permits", permitsOf(entry.facts, entry.who));
  const reservations = trusted(entry, "reservations", reservationsOf(entry));
  const asked = permits.ask ?? reservations.ask;
  if (asked) return { kind: "ask_operator", reason: asked };
  const notes = [...permits.notes, ...reservations.notes];
  const judged = permits.rows.map((permit) => judgePermit(entry, permit));
  const good = judged.find((one) => one.kind === "permit");
  const booked = good ? undefined : reservations.rows.map((row) => judgeReservation(entry, row));
  const best =
    good ??
    booked?.find((one) => one.kind === "reservation") ??
    judged.find((one) => one.kind === "billed" || one.kind === "denied") ??
    [...judged, ...(booked ?? [])].find((one) => one.kind === "ask_operator");
  if (best?.kind === "ask_operator") return best;
  if (best) return { ...best, notes: [...best.notes, ...notes] };
  const failures = [...judged, ...(booked ?? [])].flatMap((one) => (one.kind === "none" ? one.notes : []));
  return { kind: "none", notes: [...failures, ...notes] };
}

/** Permits that name exactly this plate or this code. */
export function permitsOf({ permits }: Pick<SharedFacts, "permits">, { plate, code }: Identity): readonly Permit[] {
  return permits.filter(
    (permit) => (plate !== null && permit.plates.includes(plate)) || (code !== null && permit.codes.includes(code)),
  );
}

function reservationsOf({ facts, who: { plate, code } }: EntryCase): readonly Reservation[] {
  return facts.reservations.filter(
    (one) => (plate !== null && one.plate === plate) || (code !== null && one.code === code),
  );
}

interface Trusted<Row> {
  readonly rows: readonly Row[];
  readonly notes: readonly Reason[];
  readonly ask: Reason | null;
}

function trusted<Row>(entry: EntryCase, dataClass: "permits" | "reservations", rows: readonly Row[]): Trusted<Row> {
  const stale = byPolicy("replica_stale", entry.policy);
  const freshness = freshnessOf(entry.facts, entry.policy, dataClass);
  // A right that was given since is not here: nothing to judge or to ask about, but the decision tells of it.
  if (rows.length === 0) return { rows, notes: freshness === "fresh" ? [] : [stale], ask: null };
  switch (freshness) {
    case "fresh":
      return { rows, notes: [], ask: null };
    case "use":
      return { rows, notes: [stale], ask: null };
    case "ignore":
      return { rows: [], notes: [stale], ask: null };
    case "ask_operator":
      return { rows, notes: [], ask: stale };
  }
}

function judgePermit(entry: EntryCase, permit: Permit): Entitlement {
  if (!isForLane(permit, entry)) return { kind: "none", notes: [byRule("permit_other_area", permit.permit_id)] };
  const late = outOfTime(entry, isPermitTime(permit, entry), byRule("permit_not_in_time", permit.permit_id));
  if (late.kind === "refused") return { kind: "none", notes: [late.reason] };
  if (late.kind === "ask_operator") return late;
  const full = fullness(entry.facts, permit);
  if (full === null) return { kind: "permit", permit, notes: late.notes };
  const reason = byRule(full, permit.permit_id);
  switch (permit.overflow) {
    case "deny":
      return { kind: "denied", reason, notes: late.notes };
    case "admit_and_flag":
      return {
        kind: "permit",
        permit,
        notes: [byRule("permit_overflow_flagged", permit.permit_id), reason, ...late.notes],
      };
    case "bill_as_visitor":
      return {
        kind: "billed",
        permit,
        notes: [byRule("permit_overflow_billed", permit.permit_id), reason, ...late.notes],
      };
  }
}

function fullness(
  { permitUse, pools }: EntryFacts,
  permit: Permit,
): Extract<ReasonCode, "permit_full" | "pool_full"> | null {
  const inside = permitUse.find((use) => use.permitId === permit.permit_id)?.inside ?? 0;
  if (inside >= permit.max_concurrent) return "permit_full";
  if (permit.pool_id === null) return null;
  // A pool that is not there has no place to give.
  const use = pools.find((one) => one.pool.pool_id === permit.pool_id);
  return use !== undefined && use.inside < use.pool.max_concurrent ? null : "pool_full";
}

/** A permit for one area holds at the lanes that lead into that area. */
function isForLane({ area }: Permit, { facts, policy }: EntryCase): boolean {
  if (area === null) return true;
  return policy.lanes.some((lane) => lane.lane_id === facts.lane.laneId && lane.area === area);
}

function isPermitTime(permit: Permit, { now, policy }: EntryCase): boolean {
  if (now < fromIso(permit.valid_from)) return false;
  if (permit.valid_until !== null && now >= fromIso(permit.valid_until)) return false;
  return permit.access_windows.length === 0 || isInWeeklyWindow(permit.access_windows, policy.time_zone, now);
}

function judgeReservation(entry: EntryCase, reservation: Reservation): Entitlement {
  const rule = reservation.reservation_id;
  if (reservation.status !== "confirmed" && reservation.status !== "checked_in") {
    return { kind: "none", notes: [byRule("reservation_not_active", rule)] };
  }
  const fault = reservationTimeFault(reservation, entry.now);
  const late = outOfTime(entry, fault === null, byRule(fault ?? "reservation_valid", rule));
  if (late.kind === "refused") return { kind: "none", notes: [late.reason] };
  return late.kind === "ask_operator" ? late : { kind: "reservation", reservation, notes: late.notes };
}

function reservationTimeFault(
  reservation: Reservation,
  now: WallMs,
): Extract<ReasonCode, "reservation_too_early" | "reservation_too_late"> | null {
  const startsAt = fromIso(reservation.starts_at);
  if (now < startsAt - reservation.early_tolerance_minutes * MINUTE_MS) return "reservation_too_early";
  if (now >= fromIso(reservation.ends_at)) return "reservation_too_late";
  const { late_tolerance_minutes: lateMinutes, status } = reservation;
  const isNoShow = status === "confirmed" && lateMinutes !== null && now > startsAt + lateMinutes * MINUTE_MS;
  return isNoShow ? "reservation_too_late" : null;
}

type TimeJudgement =
  | { readonly kind: "in_time"; readonly notes: readonly Reason[] }
  | { readonly kind: "refused"; readonly reason: Reason }
  | { readonly kind: "ask_operator"; readonly reason: Reason };

function outOfTime(entry: EntryCase, inTime: boolean, refusal: Reason): TimeJudgement {
  if (canJudgeTime(entry.facts)) return inTime ? { kind: "in_time", notes: [] } : { kind: "refused", reason: refusal };
  const reason = byPolicy("clock_not_trusted", entry.policy);
  return entry.policy.unknown_time === "assume_in_time"
    ? { kind: "in_time", notes: [reason] }
    : { kind: "ask_operator", reason };
}
