import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { knownCredential } from "./approach.ts";
import type { Approach } from "./approach-types.ts";
import { beginClose, closeObstacle, disturb, raiseArm } from "./arm.ts";
import { type Asked, done, no, yes } from "./command-answer.ts";
import { turnLane } from "./direction.ts";
import { admit } from "./grants.ts";
import type { LaneCommandAnswer } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { endMaintenance, keepLane, lockForMaintenance } from "./maintenance.ts";
import { withdrawPayment } from "./payment.ts";
import { answerHand, ask } from "./question.ts";
import { change, clearAlarm, emit, MAX_AWAITED, nextId, show, valuesOf } from "./turn.ts";

/** Remote opens of one lane in a minute; more are refused (SAFE-26). */
export const REMOTE_OPENS_PER_MINUTE = 6;
const MINUTE_MS = 60_000;

/** A hand on the lane. From afar it can only open (SAFE-26). */
export function obey(turn: Turn, asked: Asked): void {
  const { action, origin, actor, reason, commandId } = asked.command;
  emit(turn, { kind: "journal", entry: "lane.command", data: { action, origin, actor, reason, commandId } });
  if (origin === "remote" && action !== "open") {
    return no(turn, asked, "not_allowed_remotely", "From afar a lane can only be opened.");
  }
  if (reason.trim() === "") return no(turn, asked, "refused_by_mode", "Give a reason; it is kept with the command.");
  const { kind } = turn.state.mode;
  if (kind === "maintenance" && action !== "maintenance_on" && action !== "maintenance_off") {
    return no(
      turn,
      asked,
      "refused_by_safety",
      "Somebody works on this barrier: take the maintenance lock away at the lot first.",
    );
  }
  switch (action) {
    case "open":
      return open(turn, asked);
    case "close":
      return close(turn, asked);
    case "hold":
      return hold(turn, asked);
    case "lock":
      return lock(turn, asked);
    case "automatic":
      return automatic(turn, asked);
    case "reset":
      return reset(turn, asked);
    case "maintenance_on":
      return lockForMaintenance(turn, asked);
    case "maintenance_off":
      return endMaintenance(turn, asked);
    case "direction_entry":
      return turnLane(turn, asked, "entry");
    case "direction_exit":
      return turnLane(turn, asked, "exit");
    case "lost_ticket":
      return lostTicket(turn, asked);
    default:
      return assertNever(action);
  }
}

function open(turn: Turn, asked: Asked): void {
  if (turn.state.mode.kind === "locked") {
    return no(turn, asked, "refused_by_mode", "The lane is locked; set it to automatic first.");
  }
  if (asked.command.origin === "remote" && !countRemoteOpen(turn)) {
    return no(turn, asked, "rate_limited", `At most ${REMOTE_OPENS_PER_MINUTE} remote opens a minute for one lane.`);
  }
  if (turn.state.approach.at === "admitted") {
    raiseArm(turn, nextId(turn));
    return yes(turn, asked, "The vehicle is admitted already; the barrier opens.");
  }
  const { approach, awaited } = turn.state;
  if (approach.at === "deciding") return joinQuestion(turn, approach, asked);
  const credential = knownCredential(turn.state);
  const asksDesk = approach.at === "waiting" || (approach.at === "paying" && approach.booking === null);
  if (asksDesk && credential && awaited.length < MAX_AWAITED && !("late" in approach && approach.late !== null)) {
    if (approach.at === "paying") withdrawPayment(turn, approach);
    change(turn, { reads: turn.state.reads.filter((one) => one.credential !== credential) });
    return ask(turn, approach.vehicle, { credential, override: asked });
  }
  openAtOnce(turn);
  show(turn, "lane.go");
  done(turn, asked, "The barrier opens.");
}

/** The desk is at work on the vehicle: its answer is waited for, so that one vehicle has one movement. */
function joinQuestion(turn: Turn, approach: Extract<Approach, { at: "deciding" }>, asked: Asked): void {
  answerHand(turn, approach.next, { ok: false, refusal: "rate_limited", message: "Another command came after it." });
  change(turn, { approach: { ...approach, next: asked } });
}

/** Without the desk: nothing is known of the vehicle, a request for it hangs, or it has been decided on already. */
function openAtOnce(turn: Turn): void {
  const { approach } = turn.state;
  const plain = { origin: "operator", ticket: null, late: false, owed: false } as const;
  switch (approach.at) {
    case "waiting": {
      const { vehicle, answer, late } = approach;
      const values = valuesOf(vehicle, answer?.credential ?? null);
      const open = late ? { ticket: late.ticket, late: true, owed: late.owed } : {};
      return admit(turn, { ...plain, ...open, movementId: vehicle.movementId, values });
    }
    case "paying": {
      const { vehicle, credential, booking } = approach;
      const open = booking ? { ticket: booking.ticket, late: true } : {};
      return admit(turn, { ...plain, ...open, movementId: vehicle.movementId, values: valuesOf(vehicle, credential) });
    }
    case "printing":
      return admit(turn, {
        ...plain,
        movementId: approach.vehicle.movementId,
        values: valuesOf(approach.vehicle, approach.credential),
      });
    case "empty":
    case "deciding":
    case "admitted":
    case "tail":
      return admit(turn, { ...plain, movementId: null, values: [] });
    default:
      return assertNever(approach);
  }
}

/** Asks the desk for the vehicle that waits as one whose ticket is lost. */
function lostTicket(turn: Turn, asked: Asked): void {
  const { approach, awaited, direction } = turn.state;
  if (direction !== "exit") return no(turn, asked, "refused_by_mode", "A lost ticket is dealt with at an exit.");
  const waits = approach.at === "waiting" && approach.late === null;
  if (!waits && !(approach.at === "paying" && approach.booking === null))
    return no(turn, asked, "refused_by_mode", "No vehicle waits here for a decision; ask again when one does.");
  if (awaited.length >= MAX_AWAITED)
    return no(turn, asked, "store_failed", "The gate's store does not answer; open by hand if the vehicle must go.");
  if (approach.at === "paying") withdrawPayment(turn, approach);
  const { laneId } = asked.command;
  const nothing = { laneId, kind: "operator", value: "lost_ticket", read: null, direction: null } as const;
  ask(turn, approach.vehicle, { credential: approach.vehicle.plate ?? nothing, lostTicket: true });
  done(turn, asked, "The stay is looked for by its plate; without one the fee for a lost ticket is asked for.");
}

function countRemoteOpen(turn: Turn): boolean {
  const recent = turn.state.remoteOpens.filter((at) => turn.now - at < MINUTE_MS);
  if (recent.length >= REMOTE_OPENS_PER_MINUTE) return false;
  change(turn, { remoteOpens: [...recent, turn.now] });
  return true;
}

/** Takes back what was granted and closes at once; the interlocks are asked like for every other close. */
function close(turn: Turn, asked: Asked): void {
  const { mode, arm } = turn.state;
  if (mode.kind !== "automatic" && mode.kind !== "locked") {
    return no(turn, asked, "refused_by_mode", "Set the lane to automatic first; it then closes by itself.");
  }
  if (arm.at === "shut") return yes(turn, asked, "The barrier is closed.");
  const obstacle = arm.at === "open" ? closeObstacle(turn) : "barrier_moving";
  if (obstacle !== null) return no(turn, asked, "refused_by_safety", `The barrier stays up: ${obstacle}.`);
  beginClose(turn);
  done(turn, asked, "The barrier closes.");
}

function hold(turn: Turn, asked: Asked): void {
  const { kind } = turn.state.mode;
  if (kind === "emergency_open" || kind === "fault")
    return no(turn, asked, "refused_by_mode", "The lane must be reset first.");
  const { actor, reason } = asked.command;
  change(turn, { mode: { kind: "held_open", actor, reason } });
  raiseArm(turn, nextId(turn));
  show(turn, "lane.held_open");
  done(turn, asked, "The barrier opens and stays open.");
}

function lock(turn: Turn, asked: Asked): void {
  const { kind } = turn.state.mode;
  if (kind === "emergency_open" || kind === "fault")
    return no(turn, asked, "refused_by_mode", "The lane must be reset first.");
  const { actor, reason } = asked.command;
  change(turn, { mode: { kind: "locked", actor, reason } });
  show(turn, "lane.locked");
  done(turn, asked, "The lane is locked; the barrier closes as soon as it is clear.");
}

function automatic(turn: Turn, asked: Asked): void {
  const { kind } = turn.state.mode;
  if (kind === "emergency_open" || kind === "fault")
    return no(turn, asked, "refused_by_mode", "The lane must be reset first.");
  change(turn, { mode: { kind: "automatic" } });
  disturb(turn);
  show(turn, "lane.welcome");
  done(turn, asked, "The lane works automatically.");
}

function reset(turn: Turn, asked: Asked): void {
  const id = nextId(turn);
  if (turn.state.resetRef)
    no(turn, { ...asked, ref: turn.state.resetRef.ref }, "refused_by_mode", "Another reset came first.");
  change(turn, { resetRef: { id, ref: asked.ref } });
  emit(turn, { kind: "hand", command: asked.command });
  emit(turn, { kind: "device", command: { kind: "reset", id } });
}

/** The guard has cleared its latches, or a fire input forbids it. */
export function resetAnswered(turn: Turn, id: string, done: boolean): void {
  const { resetRef, mode } = turn.state;
  if (resetRef?.id !== id) return;
  const answer: LaneCommandAnswer = done
    ? { ok: true, message: "The lane is reset." }
    : { ok: false, refusal: "refused_by_safety", message: "A fire input of this lot is active or not known." };
  change(turn, { resetRef: null });
  emit(turn, { kind: "answer_command", ref: resetRef.ref, answer });
  if (!done) return;
  for (const code of turn.state.alarms) clearAlarm(turn, code);
  if (turn.state.fire) {
    change(turn, { fire: false });
    keepLane(turn, 0);
  }
  if (mode.kind !== "emergency_open" && mode.kind !== "fault") return;
  change(turn, { mode: { kind: "automatic" } });
  show(turn, "lane.welcome");
  disturb(turn);
}
