import type { Approach } from "./approach-types.ts";
import { dropGrantsBefore, dropGuessedReturn, grantReturned } from "./grants.ts";
import type { OfferAnswer, OfferedCredential } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { withdrawPayment } from "./payment.ts";
import { keepRead } from "./pending-reads.ts";
import { ask } from "./question.ts";
import { isOf, looksAlike } from "./same-vehicle.ts";
import { change, credentialValue, emit, MAX_AWAITED, takesVehicles } from "./turn.ts";

/** Shortest time between two decisions on one standing vehicle, ms; also what makes guessing a PIN slow. */
export const RETRY_MS = 1_000;

/** A camera that corrects its reading does so within this time after the vehicle has passed, ms. */
const AFTERTHOUGHT_MS = 2_000;

/** A camera or reader offers a credential; the answer goes out as an effect. */
export function offer(turn: Turn, credential: OfferedCredential): void {
  const answer = judgeOffer(turn, credential);
  if (answer === "accepted") {
    dropGuessedReturn(turn);
    keepRead(turn, { credential, value: credentialValue(credential), at: turn.now, issued: false });
  }
  emit(turn, { kind: "answer_offer", answer });
}

function judgeOffer(turn: Turn, credential: OfferedCredential): OfferAnswer {
  const { state, now } = turn;
  if (credential.direction !== null && credential.direction !== state.direction) return "wrong_direction";
  if (!takesVehicles(state.mode)) return "lane_not_ready";
  if (state.awaited.length >= MAX_AWAITED) return "queue_full";
  const value = credentialValue(credential);
  const grant = state.grants.find((one) => isKnownBy(one.values, credential));
  if (grant) {
    const isThere = state.approach.at === "admitted" && state.approach.grantId === grant.id;
    if (isThere || (grant.leftAt !== null && state.approach.at === "waiting")) grantReturned(turn, grant.id, "seen");
    return "duplicate";
  }
  const passing = state.crossings.some((one) => isKnownBy(one.grant?.values ?? [], credential));
  const justPassed = state.recent.filter((one) => now - one.at < AFTERTHOUGHT_MS).map((one) => one.value);
  if (passing || isKnownBy(justPassed, credential)) return "duplicate";
  if (state.recent.some((one) => one.value === value)) return "duplicate";
  return isAnswered(state.approach, value, now) ? "duplicate" : "accepted";
}

/**
 * Whether a credential is that of a vehicle that was let through. A plate that only looks like its plate is a better or worse
 * reading of the same one, and must not stay behind for the next vehicle (SAFE-27).
 */
function isKnownBy(values: readonly string[], credential: OfferedCredential): boolean {
  const value = credentialValue(credential);
  return values.some((one) => one === value || (credential.kind === "plate" && looksAlike(one, value)));
}

/** Whether this credential is being worked on, or has just been, for the vehicle on the loop. */
function isAnswered(approach: Approach, value: string, now: number): boolean {
  switch (approach.at) {
    case "deciding":
    case "paying":
    case "printing":
      return credentialValue(approach.credential) === value;
    case "waiting": {
      const { answer, late } = approach;
      if (late !== null && credentialValue(late.credential) === value) return true;
      return answer !== null && credentialValue(answer.credential) === value && now - answer.at < RETRY_MS;
    }
    case "empty":
    case "admitted":
    case "tail":
      return false;
  }
}

/** Drops what is too old, then asks for a decision when a vehicle waits and a fresh read of it is there (SAFE-27). */
export function matchReads(turn: Turn): void {
  dropOld(turn);
  const { approach, reads, mode, awaited, sensed } = turn.state;
  if (sensed.arming !== "occupied" || !takesVehicles(mode) || awaited.length >= MAX_AWAITED) return;
  if (approach.at === "paying") return matchShown(turn);
  if (approach.at !== "waiting" || approach.late !== null) return;
  const { vehicle, answer } = approach;
  if (answer !== null && turn.now - answer.at < RETRY_MS) return;
  const read = reads.find((one) => isOf(vehicle, answer, one));
  if (!read) return;
  change(turn, { reads: reads.filter((one) => one !== read) });
  dropGrantsBefore(turn, null);
  ask(turn, vehicle, { credential: read.credential, issued: read.issued });
}

function dropOld(turn: Turn): void {
  const lifeMs = turn.policy.timings.read_life_ms;
  const young = (one: { at: number }): boolean => turn.now - one.at < lifeMs;
  if (!turn.state.reads.every(young)) change(turn, { reads: turn.state.reads.filter(young) });
  if (!turn.state.recent.every(young)) change(turn, { recent: turn.state.recent.filter(young) });
}

/** Whoever is asked to pay may show a validation, a ticket or a card instead. */
function matchShown(turn: Turn): void {
  const { approach, reads } = turn.state;
  if (approach.at !== "paying" || approach.booking !== null) return;
  const read = reads.find((one) => one.credential.kind !== "plate");
  if (!read) return;
  change(turn, { reads: reads.filter((one) => one !== read) });
  withdrawPayment(turn, approach);
  ask(turn, approach.vehicle, { credential: read.credential });
}
