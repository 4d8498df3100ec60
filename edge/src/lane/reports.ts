import { later } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { alarmSentence, faultSentence } from "../guard/alarm-words.ts";
import type { LaneInputs } from "../guard/inputs.ts";
import type { DeviceReport } from "../guard/messages.ts";
import { closeUndone, followPosition, opened, reversed } from "./arm.ts";
import { dropGrant } from "./grants.ts";
import type { LaneEvent, Turn } from "./machine-types.ts";
import { answerLock, keepLane } from "./maintenance.ts";
import { resetAnswered } from "./operator.ts";
import { followLoops } from "./passage.ts";
import { loseSight } from "./service.ts";
import { change, clearAlarm, emit, raiseAlarm, show } from "./turn.ts";

/** What the guard tells of the lane's devices. */
export function takeReport(turn: Turn, { report, wall }: Extract<LaneEvent, { kind: "report" }>): void {
  switch (report.kind) {
    case "inputs": {
      const inputs = inDirection(turn, report.inputs);
      change(turn, { sensed: inputs });
      answerLock(turn);
      loseSight(turn);
      followArm(turn);
      return followLoops(turn, inputs, wall);
    }
    case "opened":
      return opened(turn);
    case "reversed":
      emit(turn, { kind: "journal", entry: "guard.reversed", data: { cause: report.cause, count: report.count } });
      return reversed(turn);
    case "latched":
      return takeLatch(turn, report.cause);
    case "fault":
      return raiseAlarm(turn, report.code, faultSentence(report));
    case "fire":
      return takeFire(turn);
    case "vetoed":
      return takeVeto(turn, report);
    case "reset":
      resetAnswered(turn, report.id, true);
      change(turn, { arm: { at: "starting" } });
      return followArm(turn);
    case "raising":
      return followRaise(turn, report.cause);
    case "alarm":
      return followAlarm(turn, report);
    case "stopped":
      change(turn, { arm: { at: "starting" } });
      return followArm(turn);
    case "maintenance":
      return;
    case "closed":
    case "lowering":
    case "relay":
      return;
    default:
      return assertNever(report);
  }
}

/** The vehicle comes from the other side: what is the closing loop for those who enter is their arming loop. */
function inDirection({ state, policy }: Turn, inputs: LaneInputs): LaneInputs {
  if (!isTurned(state.direction, policy.direction)) return inputs;
  return { ...inputs, arming: inputs.closing, closing: inputs.arming };
}

/** Whether a lane works against the direction that its loops are named for: a reversible one that lets out. */
export function isTurned(direction: "entry" | "exit", built: "entry" | "exit" | "reversible"): boolean {
  return built === "reversible" && direction === "exit";
}

function takeLatch(turn: Turn, cause: Extract<DeviceReport, { kind: "latched" }>["cause"]): void {
  const { kind } = turn.state.mode;
  if (kind !== "emergency_open" && kind !== "maintenance") change(turn, { mode: { kind: "fault", code: cause } });
  raiseAlarm(turn, `latched_${cause}`, `The arm stays up until the lane is reset: ${cause}.`);
}

function takeFire(turn: Turn): void {
  const isNew = !turn.state.fire;
  change(turn, { fire: true });
  if (isNew) keepLane(turn, 0);
  if (turn.state.mode.kind === "maintenance") {
    return raiseAlarm(turn, "fire", "Fire input: the gate stays as it is until its maintenance lock is taken away.");
  }
  change(turn, { mode: { kind: "emergency_open" } });
  show(turn, "lane.emergency");
  raiseAlarm(turn, "fire", "Fire input: the gate is open until it is reset at the lot.");
}

function followAlarm(turn: Turn, { alarm, on }: Extract<DeviceReport, { kind: "alarm" }>): void {
  const code = alarm.detail === "" ? alarm.code : `${alarm.code}_${alarm.detail}`;
  if (on) raiseAlarm(turn, code, alarmSentence(alarm));
  else clearAlarm(turn, code);
}

function takeVeto(turn: Turn, veto: Extract<DeviceReport, { kind: "vetoed" }>): void {
  emit(turn, {
    kind: "journal",
    entry: "guard.vetoed",
    data: { command: veto.command, id: veto.id, reason: veto.reason },
  });
  switch (veto.command) {
    case "close":
      return closeUndone(turn, veto.againInMs ?? undefined);
    case "reset":
      return resetAnswered(turn, veto.id, false);
    case "open": {
      const index = turn.state.grants.findIndex((one) => one.id === veto.id);
      change(turn, { arm: { at: "starting" } });
      followArm(turn);
      return dropGrant(turn, index, "not_seen");
    }
  }
}

/** An arm that is found down after a time without inputs was not raised: its grants are void and may be asked for anew. */
export function followArm(turn: Turn): void {
  const wasStarting = turn.state.arm.at === "starting";
  followPosition(turn);
  if (!wasStarting || turn.state.sensed.position !== "down") return;
  while (turn.state.grants.length > 0) dropGrant(turn, 0, "not_seen");
}

/**
 * The arm goes up by a command that was under way when the inputs were gone for a moment. Meanwhile it was seen down, so
 * its grant is void: it is up for nobody, but no stranger lifted it. It is not asked to close while it may still travel.
 * The same holds when the guard raised an arm that should have been down from over something.
 */
function followRaise(turn: Turn, cause: Extract<DeviceReport, { kind: "raising" }>["cause"]): void {
  if (cause === "hazard")
    raiseAlarm(
      turn,
      "arm_moved",
      "The arm was off its ends with something below it, and goes up. Check its lower limit.",
    );
  if ((cause !== "command" && cause !== "hazard") || turn.state.arm.at !== "shut") return;
  const settled = later(turn.now, turn.policy.timings.travel_max_ms);
  change(turn, { arm: { at: "open", quietSince: settled, vended: false } });
}
