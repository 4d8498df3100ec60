import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { ask, knownCredential, supersede } from "./approach.ts";
import { beginClose, closeObstacle, disturb, raiseArm } from "./arm.ts";
import { admit } from "./grants.ts";
import type { LaneCommand, LaneCommandAnswer } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { change, clearAlarm, emit, nextId, show } from "./turn.ts";

/** Remote opens of one lane in a minute; more are refused (SAFE-26). */
export const REMOTE_OPENS_PER_MINUTE = 6;
const MINUTE_MS = 60_000;

export interface Asked {
  readonly ref: number;
  readonly command: LaneCommand;
}

type Refusal = Extract<LaneCommandAnswer, { ok: false }>["refusal"];

/** A hand on the lane. From afar it can only open (SAFE-26). */
export function obey(turn: Turn, asked: Asked): void {
  const { action, origin, actor, reason, commandId } = asked.command;
  emit(turn, { kind: "journal", entry: "lane.command", data: { action, origin, actor, reason, commandId } });
  if (origin === "remote" && action !== "open") {
    return no(turn, asked, "not_allowed_remotely", "From afar a lane can only be opened.");
  }
  if (reason.trim() === "") return no(turn, asked, "refused_by_mode", "Give a reason; it is kept with the command.");
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
  if (turn.state.approach.at === "admitted")
    return yes(turn, asked, "The vehicle is admitted already; the barrier opens.");
  const credential = knownCredential(turn.state);
  if (credential) {
    supersede(turn);
    return ask(turn, credential, asked);
  }
  show(turn, "lane.go");
  admit(turn, { origin: "operator", ticket: null, movementId: null, value: null });
  done(turn, asked, "The barrier opens.");
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
  if (mode.kind !== "emergency_open" && mode.kind !== "fault") return;
  change(turn, { mode: { kind: "automatic" } });
  show(turn, "lane.welcome");
  disturb(turn);
}

function done(turn: Turn, asked: Asked, message: string): void {
  emit(turn, { kind: "hand", command: asked.command });
  yes(turn, asked, message);
}

function yes(turn: Turn, { ref }: Asked, message: string): void {
  emit(turn, { kind: "answer_command", ref, answer: { ok: true, message } });
}

function no(turn: Turn, { ref }: Asked, refusal: Refusal, message: string): void {
  emit(turn, { kind: "answer_command", ref, answer: { ok: false, refusal, message } });
}
