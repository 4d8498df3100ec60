import { type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";

/**
 * The veto over everything that wants to move the arm. It knows no command, role or mode (SAFE-02): it sees what is
 * wanted, what the inputs say and what the relays did, and lets through what the rules in docs/rules.md allow. All times are
 * monotonic ms (SAFE-17).
 */
export const OPPOSITE_GAP_MS = 200;
export const RELAY_MAX_MS = 1_000;
/** Longest time that a hold-open output is on without being renewed (SAFE-11). */
export const HOLD_MAX_MS = 2_000;
export const REVERSAL_HOLD_MS = 2_000;
export const MOTION_SPACING_MS = 500;
export const MAX_REVERSALS = 3;

export interface Relays {
  readonly up: boolean;
  readonly down: boolean;
}

/** Since when each relay is on, and when it was last on. */
export interface RelayTrace {
  readonly up: { readonly onSince: MonoMs | null; readonly offAt: MonoMs };
  readonly down: { readonly onSince: MonoMs | null; readonly offAt: MonoMs };
}

/** Why no relay may be on: people work at the barrier (SAFE-22), or the other agent of a standby pair drives it (SAFE-19). */
export type Blocked = "maintenance" | "standby";

/** What the inputs say of the gate at one moment. */
export interface SafetyFacts {
  /** Name of the first input that forbids lowering, null when all are clear. */
  readonly hazard: string | null;
  readonly fire: boolean;
  /** At which limit the arm is known to be. */
  readonly limit: "up" | "down" | null;
  readonly blocked: Blocked | null;
}

export interface CloseFacts extends SafetyFacts {
  /** The durable journal record that announces this close (SAFE-20). */
  readonly record: string;
  readonly recordUsed: boolean;
  /** An open was asked for in this tick. */
  readonly openAsked: boolean;
  /** The arm was reversed since the last close began, or found over something. */
  readonly isReversed: boolean;
  readonly lastHazardAt: MonoMs;
  readonly lastMotionAt: MonoMs;
  readonly latch: string | null;
  /** The first monitored device that has not passed its test since the last close. */
  readonly untested: string | null;
  /** Closes begun within the last hour, and how many the motor bears. */
  readonly cycles: number;
  readonly maxCycles: number;
}

export type CloseVeto =
  | Blocked
  | "untested"
  | "too_many_cycles"
  | "no_record"
  | "record_used"
  | "latched"
  | "fire"
  | "hazard"
  | "position_unknown"
  | "reversal_hold"
  | "open_wins"
  | "too_soon";
export type OpenVeto = Blocked | "grant_used" | "grant_expired";

/** Both relays off at `now`, so that neither comes on before the gap between them is over. */
export function relaysOff(now: MonoMs): RelayTrace {
  const off = { onSince: null, offAt: now };
  return { up: off, down: off };
}

/** Why the arm must not start to come down now, or null. */
export function vetoClose(facts: CloseFacts, now: MonoMs): CloseVeto | null {
  if (facts.record === "") return "no_record"; // SAFE-20
  if (facts.recordUsed) return "record_used"; // SAFE-05: a new cause
  if (facts.blocked !== null) return facts.blocked; // SAFE-19, SAFE-22
  if (facts.openAsked) return "open_wins"; // SAFE-06
  if (facts.latch !== null) return "latched"; // SAFE-05
  if (facts.fire) return "fire"; // SAFE-07
  if (facts.hazard !== null) return "hazard"; // SAFE-02, SAFE-03
  if (facts.limit === null) return "position_unknown"; // SAFE-09
  if (facts.isReversed && now - facts.lastHazardAt < REVERSAL_HOLD_MS) return "reversal_hold"; // SAFE-05
  if (facts.untested !== null) return "untested"; // SAFE-13
  if (facts.cycles >= facts.maxCycles) return "too_many_cycles"; // SAFE-23
  if (now - facts.lastMotionAt < MOTION_SPACING_MS) return "too_soon"; // SAFE-23
  return null;
}

/** Why a grant must not open now, or null. Neither a hazard nor a fault ever keeps an arm from going up. */
export function vetoOpen(
  grant: { readonly used: boolean; readonly notAfter: MonoMs; readonly blocked: Blocked | null },
  now: MonoMs,
): OpenVeto | null {
  if (grant.blocked !== null) return grant.blocked; // SAFE-19, SAFE-22
  if (grant.used) return "grant_used"; // SAFE-16
  return now > grant.notAfter ? "grant_expired" : null; // SAFE-16
}

/** The relays that may be on now, of those that are wanted. `overrun` names one that was on for too long (SAFE-11). */
export function permitRelays(
  wanted: Relays,
  facts: SafetyFacts,
  at: { readonly trace: RelayTrace; readonly now: MonoMs },
): { readonly relays: Relays; readonly trace: RelayTrace; readonly overrun: "up" | "down" | null } {
  const { trace, now } = at;
  const overrun = overdue(trace.down.onSince, now) ? "down" : overdue(trace.up.onSince, now) ? "up" : null;
  const rested = (relay: { onSince: MonoMs | null; offAt: MonoMs }): boolean =>
    relay.onSince === null && now - relay.offAt >= OPPOSITE_GAP_MS;
  const free = facts.blocked === null; // SAFE-19, SAFE-22
  const up = wanted.up && free && rested(trace.down) && overrun !== "up"; // SAFE-01
  const safeDown = facts.hazard === null && !facts.fire; // SAFE-02, SAFE-04, SAFE-07
  const down = wanted.down && !wanted.up && free && safeDown && rested(trace.up) && overrun !== "down"; // SAFE-01, SAFE-06
  return {
    relays: { up, down },
    trace: { up: traced(trace.up, up, now), down: traced(trace.down, down, now) },
    overrun,
  };
}

/** The hold-open output is on only at the top, and for SAFE-01 it is a relay that raises: its end is in the trace. */
export function permitHold(
  wanted: boolean,
  facts: SafetyFacts,
  at: { readonly relays: Relays; readonly trace: RelayTrace; readonly now: MonoMs },
): { readonly hold: boolean; readonly trace: RelayTrace } {
  const { relays, trace, now } = at;
  const hold = wanted && facts.limit === "up" && facts.blocked === null && !relays.up && !relays.down;
  return { hold, trace: hold ? { ...trace, up: { onSince: null, offAt: now } } : trace };
}

/** SAFE-21. */
export function permitGreen(
  wanted: boolean,
  facts: SafetyFacts,
  { relays, isLowering }: { readonly relays: Relays; readonly isLowering: boolean },
): boolean {
  return wanted && facts.limit === "up" && !relays.down && !isLowering;
}

function overdue(onSince: MonoMs | null, now: MonoMs): boolean {
  return onSince !== null && now - onSince > RELAY_MAX_MS;
}

function traced(relay: RelayTrace["up"], on: boolean, now: MonoMs): RelayTrace["up"] {
  if (on) return relay.onSince === null ? { ...relay, onSince: now } : relay;
  return relay.onSince === null ? relay : { onSince: null, offAt: monoMs(now) };
}
