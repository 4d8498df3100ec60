import { isInside } from "../session/session.ts";
import type { Session } from "../session/session-types.ts";
import type { SharedFacts } from "./facts.ts";
import type { Identity } from "./identify.ts";

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

/** A stay that was closed without seeing this vehicle go out: it stands at the exit again. */
export function unseenExit(sessions: readonly Session[]): Session | undefined {
  return sessions.find(
    (one) =>
      one.state.status === "closed" &&
      one.state.reason === "exit_unconfirmed" &&
      one.lastMovement?.direction === "exit" &&
      one.lastMovement.outcome === "not_seen",
  );
}
