import type { Approach, Awaited, Hidden, Vehicle } from "./approach-types.ts";
import { failOpen } from "./fail-policy.ts";
import { grantLeft, grantOutOfSight, grantReturned } from "./grants.ts";
import type { OfferedCredential } from "./lane-control.ts";
import type { LaneState, Turn } from "./machine-types.ts";
import { withdrawPayment } from "./payment.ts";
import { dropReadsOf } from "./pending-reads.ts";
import { answerHand } from "./question.ts";
import { isOf } from "./same-vehicle.ts";
import { awaitGone, change, emit, nextSeq, show, strangerSince } from "./turn.ts";

/** From a vehicle's arrival without a read to the word on the display that asks its driver for something, ms. */
export const PROMPT_MS = 2_000;

/** A vehicle came onto the arming loop, or one that was out of sight came back. */
export function newVehicle(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at !== "empty" && approach.at !== "tail") return;
  const known = approach.at === "empty" ? grantOutOfSight(turn) : undefined;
  const others = turn.state.reads.some((one) => one.at >= (known?.leftAt ?? turn.now));
  if (known && !others) return grantReturned(turn, known.id, "guessed");
  change(turn, { approach: { at: "waiting", vehicle: strangerSince(turn.now), answer: null, late: null } });
  if (turn.state.grants.length === 0 && turn.state.mode.kind === "automatic") show(turn, "lane.reading");
}

/** The vehicle of an approach, null where it is known by its grant or not at all. */
export function vehicleOf(approach: Approach): Vehicle | null {
  return "vehicle" in approach ? approach.vehicle : null;
}

/**
 * The arming loop's trailing edge: whoever stood there went on or went back. While the safety loop is covered by the
 * vehicle before, which of the two can't be seen yet.
 */
export function leaveApproach(turn: Turn): void {
  const { approach, crossings } = turn.state;
  const covered = crossings.at(-1)?.clearedAt === null;
  dropReadsOf(turn, vehicleOf(approach));
  change(turn, { approach: { at: "empty" } });
  if (approach.at === "admitted") return grantLeft(turn, approach.grantId, covered);
  const known = takeUnadmitted(turn, approach, "The vehicle left the lane before the decision.");
  if (known === null) return;
  if (covered) return hide(turn, known);
  endUnadmitted(turn, known, { admitted: "backed_out", otherwise: "backed_out", beganAt: null });
}

/** Vehicles that may hide behind one under the arm; of an earlier one nothing more will be known. */
export const MAX_HIDDEN = 2;

function hide(turn: Turn, one: Hidden): void {
  const [first, ...others] = turn.state.hidden;
  const isFull = first !== undefined && turn.state.hidden.length >= MAX_HIDDEN;
  if (isFull) endUnadmitted(turn, first, { admitted: "not_seen", otherwise: "not_seen", beganAt: null });
  change(turn, { hidden: [...(isFull ? others : turn.state.hidden), one] });
}

/** Takes a vehicle that was not admitted off the arming loop, with what is known of it; null when nobody was there. */
export function takeUnadmitted(turn: Turn, approach: Approach, why: string): Hidden | null {
  switch (approach.at) {
    case "waiting": {
      const { late, vehicle } = approach;
      if (late?.owed) emit(turn, { kind: "owed", ticket: late.ticket, outcome: "backed_out" });
      return { movementId: vehicle.movementId, ticket: late?.ticket ?? null, owed: late?.owed ?? false };
    }
    case "deciding":
      for (const hand of [approach.override, approach.next])
        answerHand(turn, hand, { ok: false, refusal: "refused_by_safety", message: why });
      return { movementId: approach.vehicle.movementId, ticket: approach.ticket, owed: false };
    case "paying":
      withdrawPayment(turn, approach);
      return { movementId: approach.vehicle.movementId, ticket: approach.booking?.ticket ?? null, owed: false };
    case "printing":
      return { movementId: approach.vehicle.movementId, ticket: null, owed: false };
    case "empty":
    case "admitted":
    case "tail":
      return null;
  }
}

/** Ends the movement of a vehicle that was not admitted: now, or when the request for it has been answered. */
export function endUnadmitted(
  turn: Turn,
  { movementId, ticket, owed }: Hidden,
  { admitted, otherwise, beganAt }: Pick<Awaited, "admitted" | "otherwise" | "beganAt">,
): void {
  if (ticket !== null) awaitGone(turn, { ticket, movementId, admitted, otherwise, owed, beganAt });
  else if (movementId !== null) emit(turn, { kind: "finish", movementId, outcome: otherwise });
}

/** The credential of the vehicle on the loop, as far as it is known. */
export function knownCredential({ approach, reads }: LaneState): OfferedCredential | null {
  switch (approach.at) {
    case "deciding":
    case "paying":
    case "printing":
      return approach.credential;
    case "waiting": {
      const { vehicle, answer } = approach;
      const read = reads.find((one) => isOf(vehicle, answer, one));
      return answer?.credential ?? read?.credential ?? vehicle.plate;
    }
    case "empty":
    case "admitted":
    case "tail":
      return null;
  }
}

/** Nothing was read of a vehicle for a while: its driver is asked for something, and then an exit opens by policy (SAFE-18). */
export function promptUnread(turn: Turn): void {
  const { approach, mode, direction } = turn.state;
  if (approach.at !== "waiting" || mode.kind !== "automatic") return;
  const { vehicle, answer, late } = approach;
  if (answer !== null || late !== null || vehicle.letGo) return;
  const waitedMs = turn.now - vehicle.since;
  if (waitedMs >= PROMPT_MS && !vehicle.prompted) {
    change(turn, { approach: { ...approach, vehicle: { ...vehicle, prompted: true } } });
    show(turn, promptOf(turn));
  }
  const { timings, noRead } = turn.policy;
  if (direction !== "exit" || noRead !== "open" || waitedMs < timings.no_read_ms) return;
  const known = { ...vehicle, prompted: true, letGo: true };
  failOpen(turn, {
    ticket: nextSeq(turn),
    late: false,
    vehicle: known,
    credential: null,
    code: "no_read",
    payment: null,
  });
}

function promptOf({ state, policy }: Turn): string {
  if (state.direction === "exit") return "exit.show_ticket";
  return policy.tickets.printed ? "entry.take_ticket" : "entry.read_again";
}
