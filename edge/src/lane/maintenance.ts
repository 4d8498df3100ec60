import type { Asked } from "./command-answer.ts";
import { done, no } from "./command-answer.ts";
import { dropGrant } from "./grants.ts";
import type { Turn } from "./machine-types.ts";
import { change, emit, raiseAlarm, show } from "./turn.ts";

/** Puts what a lane keeps over a restart on the disk; `ref` 0 wants no answer. */
export function keepLane(turn: Turn, ref: number): void {
  const { mode, direction, fire, keeping } = turn.state;
  const removes = keeping?.command.action === "maintenance_off";
  const maintenance = mode.kind === "maintenance" && !removes ? { actor: mode.actor, reason: mode.reason } : null;
  emit(turn, { kind: "keep", ref, lane: { direction, fire, maintenance } });
}

/** Locks the lane at once; its command is answered when it is at rest and the lock would outlive a restart (SAFE-22). */
export function lockForMaintenance(turn: Turn, asked: Asked): void {
  if (turn.state.keeping !== null) return no(turn, asked, "rate_limited", "Another maintenance command is at work.");
  const { actor, reason } = asked.command;
  while (turn.state.grants.length > 0) dropGrant(turn, 0, "not_seen");
  change(turn, { mode: { kind: "maintenance", actor, reason } });
  emit(turn, { kind: "device", command: { kind: "maintenance", on: true } });
  show(turn, "lane.maintenance");
  keep(turn, asked);
}

/** Takes the lock away once the disk has forgotten it; until then nothing moves. */
export function endMaintenance(turn: Turn, asked: Asked): void {
  if (turn.state.mode.kind !== "maintenance")
    return no(turn, asked, "refused_by_mode", "The lane is not locked for maintenance.");
  if (turn.state.keeping !== null) return no(turn, asked, "rate_limited", "Another maintenance command is at work.");
  keep(turn, asked);
}

function keep(turn: Turn, { ref, command }: Asked): void {
  change(turn, { keeping: { ref, command, isKept: null } });
  keepLane(turn, ref);
}

/** The disk has taken the change, or could not: a lock then holds until a restart, and one that was to go stays. */
export function kept(turn: Turn, ref: number, ok: boolean): void {
  const { keeping } = turn.state;
  if (!ok) raiseAlarm(turn, "not_kept", "The disk does not keep this lane's locks: they may be gone after a restart.");
  if (keeping === null || keeping.ref !== ref) return;
  if (keeping.command.action === "maintenance_on") {
    change(turn, { keeping: { ...keeping, isKept: ok } });
    return answerLock(turn);
  }
  change(turn, { keeping: null });
  if (!ok) return no(turn, keeping, "store_failed", "The lane stays locked: the disk could not take the change.");
  release(turn);
  done(turn, keeping, "The maintenance lock is gone; the lane works by itself again.");
}

/**
 * Answers a lock when its hand may rely on it: the disk has answered, and the guard lets nothing move any more. An arm on its
 * way comes to rest before that (SAFE-22).
 */
export function answerLock(turn: Turn): void {
  const { keeping, sensed } = turn.state;
  if (keeping === null || keeping.isKept === null || sensed.blocked !== "maintenance") return;
  change(turn, { keeping: null });
  if (keeping.isKept)
    return done(turn, keeping, "The lane is locked for maintenance: nothing moves, also after a restart.");
  no(turn, keeping, "store_failed", "The lane is locked, but only until the agent starts anew: the disk failed.");
}

/** The inputs decide anew what is to be done, as after a start; a fire that was told meanwhile acts now. */
function release(turn: Turn): void {
  emit(turn, { kind: "device", command: { kind: "maintenance", on: false } });
  if (turn.state.fire) {
    change(turn, { mode: { kind: "emergency_open" }, arm: { at: "starting" } });
    return show(turn, "lane.emergency");
  }
  change(turn, { mode: { kind: "automatic" }, arm: { at: "starting" } });
  show(turn, "lane.welcome");
}
