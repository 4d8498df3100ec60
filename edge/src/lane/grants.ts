import type { MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Grant } from "./approach-types.ts";
import { disturb, vend } from "./arm.ts";
import type { Turn } from "./machine-types.ts";
import { dropReadsOf } from "./pending-reads.ts";
import { awaitGone, change, emit, nextId, strangerSince } from "./turn.ts";

/** From leaving the arming loop to the verdict that the vehicle went back, ms. */
export const BACK_OUT_CONFIRM_MS = 3_000;
/** The same, when the next vehicle stands on the arming loop already. */
export const FOLLOWED_CONFIRM_MS = 1_000;
/** A loop that is clear for less has lost sight of its vehicle: no other one gets there so fast, ms. */
const LOST_SIGHT_MS = 500;
/** Vehicles that can stand admitted before the safety loop: one between the loops, one on the arming loop. */
export const MAX_GRANTS = 2;

/** Admits the vehicle on the arming loop. */
export function admit(
  turn: Turn,
  grant: Pick<Grant, "origin" | "ticket" | "late" | "owed" | "movementId" | "values">,
): void {
  const id = nextId(turn);
  while (turn.state.grants.length >= MAX_GRANTS) dropGrant(turn, 0, "not_seen");
  dropReadsOf(turn, null);
  const full: Grant = { ...grant, id, issuedAt: turn.now, leftAt: null, hidden: false };
  if (turn.state.loops.arming === "occupied")
    change(turn, { approach: { at: "admitted", grantId: id, returned: false } });
  vend(turn, full);
}

/** Ends a grant whose vehicle did not pass. */
export function dropGrant(turn: Turn, index: number, outcome: MovementOutcome): void {
  const grant = turn.state.grants[index];
  if (!grant) return;
  change(turn, { grants: turn.state.grants.filter((_, at) => at !== index) });
  endGrant(turn, grant, { outcome, beganAt: null });
  const { approach } = turn.state;
  if (approach.at === "admitted" && approach.grantId === grant.id) {
    const letGo = grant.origin === "fail_open" && grant.values.length === 0;
    const vehicle = { ...strangerSince(turn.now), letGo };
    change(turn, { approach: { at: "waiting", vehicle, answer: null, late: null } });
  }
  disturb(turn);
}

/**
 * Records what the vehicle of a grant did. A debt is ended in the ledger; a request that is still under way ends the
 * movement when it is answered, and a passage that nothing else tells of is recorded for itself.
 */
export function endGrant(
  turn: Turn,
  { ticket, late, owed, movementId, origin }: Grant,
  { outcome, beganAt }: { readonly outcome: MovementOutcome; readonly beganAt: WallMs | null },
): void {
  if (owed && ticket !== null) {
    emit(turn, { kind: "owed", ticket, outcome });
    if (!late) return;
  }
  if (late && ticket !== null) {
    return awaitGone(turn, { ticket, movementId, admitted: outcome, otherwise: outcome, owed, beganAt });
  }
  if (movementId !== null) emit(turn, { kind: "finish", movementId, outcome });
  else if (origin === "operator" && outcome === "passed" && beganAt !== null)
    emit(turn, { kind: "undecided", direction: turn.state.direction, outcome, beganAt });
}

/** Marks that the vehicle of a grant left the arming loop; where to, the safety loop or time will tell. */
export function grantLeft(turn: Turn, grantId: string, hidden: boolean): void {
  const left = { leftAt: turn.now, hidden };
  change(turn, { grants: turn.state.grants.map((one) => (one.id === grantId ? { ...one, ...left } : one)) });
}

/** The vehicle of a grant stands on the arming loop again: `seen` by its read, or only guessed from the short time. */
export function grantReturned(turn: Turn, grantId: string, by: "seen" | "guessed"): void {
  change(turn, {
    grants: turn.state.grants.map((one) => (one.id === grantId ? { ...one, leftAt: null, hidden: false } : one)),
    approach: { at: "admitted", grantId, returned: by === "guessed" },
  });
}

/** The grant of the vehicle that has just come onto the arming loop, if it only was out of sight for a moment. */
export function grantOutOfSight({ state, now }: Turn): Grant | undefined {
  const last = state.grants.at(-1);
  return last && last.leftAt !== null && now - last.leftAt < LOST_SIGHT_MS ? last : undefined;
}

/** Another plate is read on the loop: the vehicle there is not the admitted one, as was guessed. */
export function dropGuessedReturn(turn: Turn): void {
  const { approach, grants } = turn.state;
  if (approach.at !== "admitted" || !approach.returned) return;
  dropGrant(
    turn,
    grants.findIndex((one) => one.id === approach.grantId),
    "backed_out",
  );
}

/** A vehicle on the arming loop is about to be decided on or to pass: whoever left that loop before it went back. */
export function dropGrantsBefore(turn: Turn, grantId: string | null): void {
  const [front] = turn.state.grants;
  if (front && front.id !== grantId && front.leftAt !== null && !front.hidden) dropGrant(turn, 0, "backed_out");
}

function isFollowed({ state }: Turn, grant: Grant): boolean {
  const { approach } = state;
  if (approach.at === "empty" || approach.at === "tail") return false;
  return approach.at !== "admitted" || approach.grantId !== grant.id;
}

/** Ends grants whose time is over: went back, or never came. */
export function expireGrants(turn: Turn): void {
  const { grants, arm } = turn.state;
  for (const grant of grants) {
    const confirmMs = isFollowed(turn, grant) ? FOLLOWED_CONFIRM_MS : BACK_OUT_CONFIRM_MS;
    const wentBack = grant.leftAt !== null && !grant.hidden && turn.now - grant.leftAt >= confirmMs;
    const neverCame = arm.at !== "opening" && turn.now - grant.issuedAt >= turn.policy.timings.no_passage_close_ms;
    if (!wentBack && !neverCame) continue;
    dropGrant(turn, turn.state.grants.indexOf(grant), wentBack ? "backed_out" : "not_seen");
  }
}
