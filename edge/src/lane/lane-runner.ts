import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionDesk, LaneDecision } from "../decision/decision-desk.ts";
import type { LaneSignals } from "../guard/lane-signals.ts";
import type { DeviceCommand, DeviceReport } from "../guard/messages.ts";
import type { PeripheralCommand, PeripheralReport } from "../peripherals/messages.ts";
import type { ButtonName } from "../ports/reader/reader-port.ts";
import type { Journal } from "../store/journal.ts";
import type { DebtLedger } from "./debt-ledger.ts";
import type { LaneCommand, LaneCommandAnswer, LaneSnapshot, OfferAnswer, OfferedCredential } from "./lane-control.ts";
import type { LaneLog } from "./lane-log.ts";
import { lanePolicy } from "./lane-policy.ts";
import type { LaneReport, ReportLane } from "./lane-report.ts";
import { initialLane, step } from "./machine.ts";
import type { FailPolicy, KeptLane, LaneEffect, LaneEvent, LanePolicy, LaneState } from "./machine-types.ts";
import { laneSnapshot } from "./snapshot.ts";
import { StepJournal } from "./step-journal.ts";
import { tell, type Untold } from "./untold.ts";

/** Events of one lane that may wait while another is worked on; reads and commands beyond it are turned away. */
export const MAX_QUEUED_EVENTS = 64;

/** A lane as it is inside, for the technician. */
export interface LaneInspection {
  readonly state: LaneState;
  readonly policy: LanePolicy;
  /** Inputs and relays one by one; null before the guard has told them. */
  readonly signals: LaneSignals | null;
  /** The driver's last push of a button, wall time; null before the first. */
  readonly lastPress: { readonly name: ButtonName; readonly at: WallMs } | null;
}

export interface LaneRunnerOptions {
  readonly lane: SiteLane;
  readonly boot: Uuid;
  /** What the lane has kept from its last run, and where it keeps what it must not forget. */
  readonly kept: KeptLane;
  readonly keep: (lane: KeptLane) => Promise<void>;
  readonly clock: Clock;
  readonly desk: DecisionDesk;
  readonly journal: Journal;
  readonly log: LaneLog;
  readonly ledger: DebtLedger;
  readonly report: ReportLane;
  readonly failPolicy: () => FailPolicy;
  readonly send: (command: DeviceCommand) => void;
  readonly sendPeripheral: (command: PeripheralCommand) => void;
  readonly changed: () => void;
}

const BUSY: LaneCommandAnswer = {
  ok: false,
  refusal: "rate_limited",
  message: "The lane is too busy; try again in a moment.",
};

/** The shell of one lane's machine: one event at a time, then its effects in order. */
export class LaneRunner {
  readonly #options: LaneRunnerOptions;
  readonly #journal: StepJournal;
  readonly #queue: LaneEvent[] = [];
  readonly #inFlight = new Set<string>();
  readonly #answers = new Map<number, (answer: LaneCommandAnswer) => void>();
  #state: LaneState;
  #running = false;
  #nextRef = 1;
  #offerAnswer: OfferAnswer = "accepted";
  #lastPress: LaneInspection["lastPress"] = null;

  constructor(options: LaneRunnerOptions) {
    this.#options = options;
    this.#journal = new StepJournal(options);
    this.#state = initialLane(options.boot, options.kept);
  }

  /** Takes a read in. Returns at once; the decision, when one is due, has been asked for by then. */
  offer(credential: OfferedCredential): OfferAnswer {
    if (this.#queue.length >= MAX_QUEUED_EVENTS) return "queue_full";
    this.#offerAnswer = "accepted";
    this.dispatch({ kind: "offer", credential });
    return this.#offerAnswer;
  }

  command(command: LaneCommand): Promise<LaneCommandAnswer> {
    if (this.#queue.length >= MAX_QUEUED_EVENTS) return Promise.resolve(BUSY);
    const ref = this.#nextRef++;
    return new Promise((resolve) => {
      this.#answers.set(ref, resolve);
      this.dispatch({ kind: "command", ref, command });
    });
  }

  report(report: DeviceReport): void {
    this.dispatch({ kind: "report", report, wall: this.#options.clock.wall() });
  }

  peripheral(report: PeripheralReport): void {
    if (report.kind === "button") this.#lastPress = { name: report.name, at: this.#options.clock.wall() };
    if (report.kind !== "button" || report.name !== "ticket") return this.dispatch({ kind: "peripheral", report });
    this.dispatch({ kind: "ticket_asked", laneId: this.#options.lane.id, code: this.#newTicketCode() });
  }

  tick(): void {
    this.dispatch({ kind: "tick" });
  }

  snapshot(): LaneSnapshot {
    return laneSnapshot(this.#options.lane, this.#state);
  }

  inspect(): Omit<LaneInspection, "signals"> {
    return { state: this.#state, policy: this.#policy(), lastPress: this.#lastPress };
  }

  /** Whether the desk still works on the request with this key. */
  isInFlight(key: string): boolean {
    return this.#inFlight.has(key);
  }

  /** Whether nothing is going on that a stop would cut short. */
  get idle(): boolean {
    return this.#inFlight.size === 0 && this.#state.crossings.length === 0 && this.#state.arm.at !== "closing";
  }

  dispatch(event: LaneEvent): void {
    this.#queue.push(event);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#take(next);
    } finally {
      this.#running = false;
    }
  }

  #take(event: LaneEvent): void {
    const now = this.#options.clock.mono();
    const before = this.#state;
    const policy = this.#policy();
    const { state, effects } = step(before, event, now, policy);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state === before && effects.length === 0 && event.kind === "tick") return;
    this.#journal.step({ event, now, policy, before, after: state, effects });
    if (state.mode.kind !== before.mode.kind) this.#reportMode(state.mode);
    if (state !== before) this.#options.changed();
  }

  #policy(): LanePolicy {
    return lanePolicy(this.#options.lane, this.#options.failPolicy());
  }

  #perform(effect: LaneEffect): void {
    const { desk, log, ledger, lane, send, sendPeripheral } = this.#options;
    switch (effect.kind) {
      case "decide":
        return this.#decide(effect);
      case "book_payment":
        return this.#await(effect.ticket, async () => desk.paid(effect.payment));
      case "book_late":
        return this.#record({ kind: "paid", payment: effect.payment });
      case "keep":
        return this.#keep(effect);
      case "device":
        return send(effect.command);
      case "peripheral":
        return sendPeripheral(effect.command);
      case "record_close":
        return this.#recordClose(effect.record);
      case "finish":
        return this.#finish(effect);
      case "undecided":
        return this.#recordUndecided(effect);
      case "show":
        return sendPeripheral({ kind: "display", ...effect.display });
      case "journal":
        return this.#journal.note(effect.entry, effect.data);
      case "alarm":
        log.error({ lane: lane.code, alarm: effect.code }, effect.detail);
        this.#journal.note("lane.alarm", { code: effect.code, detail: effect.detail });
        return this.#report({ type: "alarm.raised", code: effect.code, lane_id: lane.id, detail: effect.detail });
      case "hand":
        return this.#reportHand(effect.command);
      case "owe":
        return ledger.add(this.#key(effect.debt.ticket), { laneId: lane.id, debt: effect.debt });
      case "owed":
        return ledger.end(this.#key(effect.ticket), effect.outcome);
      case "answer_offer":
        this.#offerAnswer = effect.answer;
        return;
      case "answer_command":
        this.#answers.get(effect.ref)?.(effect.answer);
        this.#answers.delete(effect.ref);
        return;
      case "refused":
        return this.#journal.note("lane.refused", { event: effect.event, reason: effect.reason });
      default:
        return assertNever(effect);
    }
  }

  #decide({ ticket, credential, override, ...asked }: Extract<LaneEffect, { kind: "decide" }>): void {
    const { desk, lane } = this.#options;
    const { kind, value, read } = credential;
    const hand = override && { actor: override.actor, reason: override.reason, commandId: override.commandId };
    const { direction, again, lostTicket } = asked;
    const plain = { laneId: lane.id, direction, credential: { kind, value }, read, override: hand, again, lostTicket };
    this.#await(ticket, async () => desk.decide(plain));
  }

  #await(ticket: number, decide: () => Promise<LaneDecision>): void {
    const key = this.#key(ticket);
    this.#inFlight.add(key);
    const settle = (event: LaneEvent): void => {
      this.#inFlight.delete(key);
      this.dispatch(event);
    };
    decide().then(
      (made) => settle({ kind: "decided", ticket, decision: made }),
      (error: unknown) => settle({ kind: "decide_failed", ticket, code: errorCode(error) ?? "decision_failed" }),
    );
  }

  /** The record of a close, durable before the guard is told (SAFE-20). */
  #recordClose(record: string): void {
    const { journal, lane } = this.#options;
    const append = async (): Promise<void> =>
      journal.append({ laneId: lane.id, kind: "guard.close", data: { record } });
    append().then(
      () => this.dispatch({ kind: "close_recorded", record }),
      (error: unknown) => this.dispatch({ kind: "close_unrecorded", record, code: errorCode(error) ?? "store_failed" }),
    );
  }

  #finish({ movementId, outcome }: Extract<LaneEffect, { kind: "finish" }>): void {
    this.#record({ kind: "finish", end: { movementId, outcome, endedAt: this.#options.clock.wall() } });
  }

  #recordUndecided({ direction, outcome, beganAt }: Extract<LaneEffect, { kind: "undecided" }>): void {
    const { clock, lane } = this.#options;
    const passage = { laneId: lane.id, direction, outcome, beganAt, endedAt: clock.wall() };
    this.#record({ kind: "undecided", passage });
  }

  #keep({ ref, lane }: Extract<LaneEffect, { kind: "keep" }>): void {
    const { keep, log } = this.#options;
    keep(lane).then(
      () => this.dispatch({ kind: "kept", ref, ok: true }),
      (error: unknown) => {
        log.error({ message: errorMessage(error) }, "The lane's locks could not be written");
        this.dispatch({ kind: "kept", ref, ok: false });
      },
    );
  }

  /** Null when no code can be signed: the store can't be read, or no key has come from the cloud yet. */
  #newTicketCode(): string | null {
    const { desk, lane, log } = this.#options;
    try {
      return desk.newTicketCode(lane.id);
    } catch (error) {
      log.error({ lane: lane.code, message: errorMessage(error) }, "No code for a ticket can be made");
      return null;
    }
  }

  #reportHand({ action, actor, reason, commandId }: LaneCommand): void {
    const lane_id = this.#options.lane.id;
    this.#report({ type: "lane.overridden", lane_id, action, actor, reason, command_id: commandId });
  }

  #reportMode(mode: LaneState["mode"]): void {
    const detail = "reason" in mode ? mode.reason : null;
    this.#report({ type: "lane.changed", lane_id: this.#options.lane.id, mode: mode.kind, detail });
  }

  #report(report: LaneReport): void {
    this.#record({ kind: "report", report });
  }

  /** Tells the store; a broken one is told again later, any other refusal is final. */
  #record(untold: Untold): void {
    const { log, lane, ledger, desk, report } = this.#options;
    tell({ desk, report }, untold).catch((error: unknown) => {
      if (errorCode(error) === "store_failed") return ledger.tellAgain(untold);
      log.error({ lane: lane.code, what: untold.kind, message: errorMessage(error) }, "The store refused a record");
    });
  }

  #key(ticket: number): string {
    return `${this.#options.boot}:${this.#options.lane.id}:${ticket}`;
  }
}
