import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PeripheralReport } from "../peripherals/messages.ts";
import { promptUnread } from "./approach.ts";
import { closeRecorded, closeUnrecorded, considerClose, expireRaise } from "./arm.ts";
import { callChanged, callOperator, endSolvedCall } from "./call.ts";
import { expireCrossings } from "./crossing-end.ts";
import { decided, decideFailed, expireDecision } from "./decisions.ts";
import { expireGrants } from "./grants.ts";
import type {
  KeptLane,
  LaneEffect,
  LaneEvent,
  LanePolicy,
  LaneState,
  MaintenanceLock,
  Mode,
  Turn,
} from "./machine-types.ts";
import { kept } from "./maintenance.ts";
import { obey } from "./operator.ts";
import { expirePayment, terminalAnswered, terminalFailed } from "./payment.ts";
import { matchReads, offer } from "./reads.ts";
import { takeReport } from "./reports.ts";
import { followSight } from "./service.ts";
import { expireTicket, printerChanged, ticketAsked, ticketDone } from "./tickets.ts";
import { change, emit, refuse, show, standsOpen } from "./turn.ts";

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
 *  6. An exit without a decision follows the fail policy within `decision_max_ms`; one that can't see its vehicles calls an
 *     operator for them (SAFE-18).
 */

/** The state before the first report of the guard. */
export function initialLane(boot: Uuid, { direction, fire, maintenance }: KeptLane): LaneState {
  return {
    boot,
    seq: 0,
    mode: startMode(fire, maintenance),
    fire,
    direction,
    approach: { at: "empty" },
    arm: { at: "starting" },
    grants: [],
    hidden: [],
    crossings: [],
    reads: [],
    recent: [],
    awaited: [],
    withdrawn: [],
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
    blindSince: null,
    printer: "ready",
    call: null,
    remoteOpens: [],
    resetRef: null,
    keeping: null,
  };
}

/** What was latched or locked when the last run ended still is. */
function startMode(fire: boolean, maintenance: MaintenanceLock | null): Mode {
  if (maintenance !== null) return { kind: "maintenance", ...maintenance };
  return fire ? { kind: "emergency_open" } : { kind: "automatic" };
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
    case "ticket_asked":
      return ticketAsked(turn, event.laneId, event.code);
    case "kept":
      return kept(turn, event.ref, event.ok);
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

function takePeripheral(turn: Turn, report: PeripheralReport): void {
  switch (report.kind) {
    case "payment":
      return terminalAnswered(turn, report.result);
    case "payment_failed":
      return terminalFailed(turn, report.requestId, report.code);
    case "button":
      return report.name === "help" ? callOperator(turn, "help") : refuse(turn, "ticket_button", "no_code");
    case "ticket":
      return ticketDone(turn, report);
    case "printer":
      return printerChanged(turn, report.state);
    case "call":
      return callChanged(turn, report);
    default:
      return assertNever(report);
  }
}

/** What follows from time and from the state alone, after every event. */
function settle(turn: Turn): void {
  followSight(turn);
  expireDecision(turn);
  expirePayment(turn);
  expireTicket(turn);
  expireGrants(turn);
  expireCrossings(turn);
  matchReads(turn);
  promptUnread(turn);
  endSolvedCall(turn);
  expireRaise(turn);
  considerClose(turn);
  const { state } = turn;
  const idle = state.mode.kind === "automatic" && state.approach.at === "empty" && state.arm.at !== "starting";
  const nobody = state.grants.length + state.crossings.length === 0;
  if (idle && nobody && state.display.key !== "lane.welcome") show(turn, "lane.welcome");
  const green = standsOpen(state) || state.grants.some((one) => one.leftAt === null);
  if (green !== state.green) change(turn, { green });
}
