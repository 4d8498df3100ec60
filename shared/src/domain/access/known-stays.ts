import type { WallMs } from "../../kit/clock.ts";
import { HOUR_MS } from "../../kit/durations.ts";
import { isInside } from "../session/session.ts";
import type { Session } from "../session/session-types.ts";
import type { SharedFacts } from "./facts.ts";
import type { Identity } from "./identify.ts";

/** How long a vehicle may stand at an exit through which it was let and not seen to pass: a night without power. */
export const UNSEEN_EXIT_LIFE_MS = 12 * HOUR_MS;

/** Sessions that are this vehicle's by exact plate or by the code shown; look-alikes are not among them. */
export function ownSessions({ sessions }: Pick<SharedFacts, "sessions">, who: Identity): readonly Session[] {
  return sessions.filter((session) => isOwn(session, who));
}

/** Whether a stay is this vehicle's, by exact plate or by the code shown. */
export function isOwn(session: Pick<Session, "plate" | "ticket">, { plate, code }: Identity): boolean {
  return (plate !== null && session.plate === plate) || (code !== null && session.ticket === code);
}

/** A stay that was opened for this vehicle, which was then not seen to come in: it stands at the entry again. */
export function unseenEntry(sessions: readonly Session[]): Session | undefined {
  return sessions.find(
    (one) => isInside(one) && one.lastMovement?.direction === "entry" && one.lastMovement.outcome === "not_seen",
  );
}

/**
 * A stay that was closed without seeing this vehicle go out: it stands at the exit again. Much later it must have left,
 * and come in again unseen.
 */
export function unseenExit(sessions: readonly Session[], now: WallMs): Session | undefined {
  return sessions.find(
    (one) =>
      one.state.status === "closed" &&
      one.state.reason === "exit_unconfirmed" &&
      now - one.state.at < UNSEEN_EXIT_LIFE_MS &&
      one.lastMovement?.direction === "exit" &&
      one.lastMovement.outcome === "not_seen",
  );
}
