import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DeviceReport } from "../guard/messages.ts";
import type { PeripheralReport } from "../peripherals/messages.ts";
import { decided, decideFailed, expireDecision, matchReads, offer } from "./approach.ts";
import { closeRecorded, closeUndone, closeUnrecorded, considerClose, followPosition, opened, reversed } from "./arm.ts";
import { dropGrant, expireGrants } from "./grants.ts";
import type { LaneEffect, LaneEvent, LanePolicy, LaneState, Turn } from "./machine-types.ts";
import { obey, resetAnswered } from "./operator.ts";
import { expireCrossings, followLoops } from "./passage.ts";
import { expirePayment, terminalAnswered, terminalFailed } from "./payment.ts";
import { change, clearAlarm, emit, raiseAlarm, refuse, show, standsOpen } from "./turn.ts";

/*
 * Two things go on in a lane at the same time, so the state has two parts: the vehicle on the arming loop (approach) and
 * the arm with the vehicles it was raised for. The names that people see come from both (`stateName`).
 *
 *  approach   empty ─arming on─▶ waiting ─read─▶ deciding ─admit─▶ admitted ─safety on─▶ tail ─arming off─▶ empty
 *                                  ▲  ▲            │ │ ask: pay                               └ safety off, arming
 *                                  │  └── refuse ──┘ ▼                                          still on ─▶ waiting
 *                                  └── cancelled ── paying ─booked─▶ (decision as above)
 *             arming off leads from every one of them to empty: passed on, or backed out
 *
 *  arm        starting ─limits known─▶ shut ─vend─▶ opening ─up limit─▶ open ─quiet─▶ closing ─down limit─▶ shut
 *                                                      ▲                  ▲   (record durable, then guard)
 *                                                      └── reversed, vend ┴──── vetoed, unrecorded ──┘
 *
 *  vehicles   grant (admitted) ─safety on─▶ crossing ─safety off, closing on and off─▶ passed
 *
 *  1. A vehicle is decided on only while it covers the arming loop, on a read that is fresh (SAFE-27).
 *  2. The arm is raised only for a grant, a hand, a fire or an arm in no known position; one grant, one raise (SAFE-16, SAFE-25).
 *  3. A close is sent only after its record is durable, with no vehicle admitted or crossing (SAFE-20, SAFE-25).
 *  4. Each decision that came ends in exactly one `finish`.
 *  5. No effect repeats one of an earlier run: a new run starts from the inputs (SAFE-09).
 *  6. An exit without a decision follows the fail policy within `decision_max_ms` (SAFE-18).
 */

/** The state before the first report of the guard. */
export function initialLane(boot: Uuid): LaneState {
  return {
    boot,
    seq: 0,
    mode: { kind: "automatic" },
    approach: { at: "empty" },
    arm: { at: "starting" },
    grants: [],
    crossings: [],
    reads: [],
    recent: [],
    awaited: [],
    sensed: {
      arming: "unknown",
      safety: "unknown",
      closing: "unknown",
      position: "unknown",
      fire: false,
      hazard: "safety",
      blocked: null,
      keySwitch: false,
      cabinetOpen: false,
    },
    loops: { arming: "clear", safety: "clear", closing: "clear" },
    display: { key: "lane.starting", amount: null },
    green: false,
    alarms: [],
    remoteOpens: [],
    resetRef: null,
  };
}

/** One step of a lane. Pure: what is to be done stands in the effects, in order. */
export function step(
  state: LaneState,
  event: LaneEvent,
  now: MonoMs,
  policy: LanePolicy,
): { readonly state: LaneState; readonly effects: readonly LaneEffect[] } {
  const turn: Turn = { state, effects: [], now, policy };
  take(turn, event);
  settle(turn);
  if (turn.state.display !== state.display) emit(turn, { kind: "show", display: turn.state.display });
  if (turn.state.green !== state.green)
    emit(turn, { kind: "device", command: { kind: "light", green: turn.state.green } });
  if (wantsOpen(turn.state) !== wantsOpen(state))
    emit(turn, { kind: "device", command: { kind: "keep_open", on: wantsOpen(turn.state) } });
  return { state: turn.state, effects: turn.effects };
}

/** Whether the arm is to stay up, by a hand or for a vehicle (SAFE-24). */
function wantsOpen(state: LaneState): boolean {
  return standsOpen(state) || state.grants.length > 0 || state.crossings.length > 0;
}

function take(turn: Turn, event: LaneEvent): void {
  switch (event.kind) {
    case "offer":
      return offer(turn, event.credential);
    case "decided":
      return decided(turn, event.ticket, event.decision);
    case "decide_failed":
      return decideFailed(turn, event.ticket, event.code);
    case "command":
      return obey(turn, event);
    case "report":
      return takeReport(turn, event);
    case "peripheral":
      return takePeripheral(turn, event.report);
    case "close_recorded":
      return closeRecorded(turn, event.record);
    case "close_unrecorded":
      return closeUnrecorded(turn, event.record, event.code);
    case "tick":
      return;
    default:
      return assertNever(event);
  }
}

function takeReport(turn: Turn, { report, wall }: Extract<LaneEvent, { kind: "report" }>): void {
  switch (report.kind) {
    case "inputs":
      change(turn, { sensed: report.inputs });
      followService(turn);
      followArm(turn);
      return followLoops(turn, report.inputs, wall);
    case "opened":
      return opened(turn);
    case "reversed":
      emit(turn, { kind: "journal", entry: "guard.reversed", data: { cause: report.cause, count: report.count } });
      return reversed(turn);
    case "latched":
      change(turn, {
        mode: turn.state.mode.kind === "emergency_open" ? turn.state.mode : { kind: "fault", code: report.cause },
      });
      return raiseAlarm(turn, `latched_${report.cause}`, `The arm stays up until the lane is reset: ${report.cause}.`);
    case "fault":
      return raiseAlarm(turn, report.code, `The barrier's output does not work as it should: ${report.code}.`);
    case "fire":
      change(turn, { mode: { kind: "emergency_open" } });
      show(turn, "lane.emergency");
      return raiseAlarm(turn, "fire", "Fire input: the gate is open until it is reset at the lot.");
    case "vetoed":
      return takeVeto(turn, report);
    case "reset":
      resetAnswered(turn, report.id, true);
      change(turn, { arm: { at: "starting" } });
      return followArm(turn);
    case "raising":
      return followRaise(turn, report.cause);
    case "alarm":
      return followGuardAlarm(turn, report);
    case "stopped":
      change(turn, { arm: { at: "starting" } });
      return followArm(turn);
    case "maintenance":
    case "closed":
    case "lowering":
    case "relay":
      return;
    default:
      return assertNever(report);
  }
}

function takePeripheral(turn: Turn, report: PeripheralReport): void {
  switch (report.kind) {
    case "payment":
      return terminalAnswered(turn, report.result);
    case "payment_failed":
      return terminalFailed(turn, report.requestId, report.code);
    case "button":
    case "ticket":
    case "printer":
    case "call":
      return refuse(turn, `peripheral_${report.kind}`, "not_awaited");
    default:
      return assertNever(report);
  }
}

function followGuardAlarm(turn: Turn, { alarm, on }: Extract<DeviceReport, { kind: "alarm" }>): void {
  const code = alarm.detail === "" ? alarm.code : `${alarm.code}_${alarm.detail}`;
  if (on) raiseAlarm(turn, code, `The guard says ${alarm.code}: ${alarm.detail}.`);
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
      return closeUndone(turn);
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
function followArm(turn: Turn): void {
  const wasStarting = turn.state.arm.at === "starting";
  followPosition(turn);
  if (!wasStarting || turn.state.sensed.position !== "down") return;
  while (turn.state.grants.length > 0) dropGrant(turn, 0, "not_seen");
}

/**
 * The arm goes up by a command that was under way when the inputs were gone for a moment. Meanwhile it was seen down, so
 * its grant is void: it is up for nobody, but no stranger lifted it. It is not asked to close while it may still travel.
 */
function followRaise(turn: Turn, cause: Extract<DeviceReport, { kind: "raising" }>["cause"]): void {
  if (cause !== "command" || turn.state.arm.at !== "shut") return;
  const settled = later(turn.now, turn.policy.timings.travel_max_ms);
  change(turn, { arm: { at: "open", quietSince: settled, vended: false } });
}

/** A lane that sees nothing is out of service until it sees again. */
function followService(turn: Turn): void {
  const { mode, sensed, arm } = turn.state;
  const blind = sensed.arming === "unknown" || sensed.position === "unknown";
  if (blind && mode.kind === "automatic" && arm.at !== "starting") {
    change(turn, { mode: { kind: "out_of_service", cause: "inputs_unknown" } });
    show(turn, "lane.out_of_service");
  } else if (!blind && mode.kind === "out_of_service") {
    change(turn, { mode: { kind: "automatic" } });
    show(turn, "lane.welcome");
  }
}

/** What follows from time and from the state alone, after every event. */
function settle(turn: Turn): void {
  expireDecision(turn);
  expirePayment(turn);
  expireGrants(turn);
  expireCrossings(turn);
  matchReads(turn);
  considerClose(turn);
  const { state } = turn;
  const idle = state.mode.kind === "automatic" && state.approach.at === "empty" && state.arm.at !== "starting";
  const nobody = state.grants.length + state.crossings.length === 0;
  if (idle && nobody && state.display.key !== "lane.welcome") show(turn, "lane.welcome");
  const green = standsOpen(state) || state.grants.some((one) => one.leftAt === null);
  if (green !== state.green) change(turn, { green });
}
