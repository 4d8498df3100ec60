import { CLOUD_TIME_MAX_ROUND_TRIP_MS } from "@gatehouse/edge/uplink/cloud-time.ts";
import { type CommandBody, type CommandResult, signedCommand } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Verdicts } from "./sync-rules.ts";

/** An edge knows the cloud's time to half a round trip; those that it measures by are limited. */
const CLOCK_ERROR_MAX_MS = CLOUD_TIME_MAX_ROUND_TRIP_MS / 2;

/** Answers to a message that is not for this edge or this connection: given without a look at what it did before. */
const UNSEEN: readonly CommandResult["refusal"][] = ["retained", "wrong_epoch", "stale_link"];

interface SendingMoment {
  /** The cloud's time. */
  readonly now: number;
  /** Until when a command was asked for. */
  readonly notAfterOf: (id: Uuid) => number;
}

/** Judges one device's commands from outside: what the hub sends, what the lanes do, and what is said of it (SYNC-11). */
export class CommandWatch {
  /** How often a lane has acted. */
  acts = 0;
  /** Results that were said again. */
  repeats = 0;
  readonly #sent = new Map<Uuid, CommandBody>();
  readonly #acted = new Map<Uuid, number>();
  readonly #results = new Map<Uuid, string>();
  readonly #verdicts: Verdicts;
  readonly #name: string;

  constructor(verdicts: Verdicts, name: string) {
    this.#verdicts = verdicts;
    this.#name = name;
  }

  /** The hub sends a command that was asked for until `notAfter`. */
  sent(payload: string, { now, notAfterOf }: SendingMoment): void {
    const { body } = signedCommand.parse(JSON.parse(payload));
    this.#judge(!this.#sent.has(body.id), () => `the hub sends command ${body.id} again`);
    this.#judge(body.not_after > now, () => `the hub sends command ${body.id} after its life`);
    const longerMs = body.not_after - notAfterOf(body.id);
    this.#judge(longerMs <= 0, () => `the hub gives command ${body.id} ${longerMs} ms more than it was asked for`);
    this.#sent.set(body.id, body);
  }

  /** A lane begins to carry a command out, in an agent of `epoch`; `now` is the cloud's time. */
  acting(id: Uuid, { epoch, now }: { readonly epoch: number; readonly now: number }): void {
    this.acts++;
    const body = this.#sent.get(id);
    const times = (this.#acted.get(id) ?? 0) + 1;
    this.#acted.set(id, times);
    this.#judge(body !== undefined, () => `command ${id} acts and was never sent`);
    this.#judge(times === 1, () => `command ${id} acts for the ${times}th time`);
    if (body === undefined) return;
    this.#judge(body.epoch === epoch, () => `command ${id} of epoch ${body.epoch} acts in epoch ${epoch}`);
    const lateMs = now - body.not_after;
    this.#judge(lateMs < CLOCK_ERROR_MAX_MS, () => `command ${id} acts ${lateMs} ms after its life`);
  }

  /** The edge says what became of a command. */
  answered(payload: Uint8Array): void {
    const text = Buffer.from(payload).toString();
    const { id, outcome, refusal } = JSON.parse(text) as CommandResult;
    this.#judge(outcome !== "done" || this.#acted.has(id), () => `command ${id} is said to be done and never acted`);
    if (UNSEEN.includes(refusal)) return;
    const before = this.#results.get(id);
    if (before !== undefined) this.repeats++;
    this.#judge(before === undefined || before === text, () => `command ${id} gets another result: ${text}`);
    this.#results.set(id, text);
  }

  /** The edge's card was set back or lost, and with it what it had stored. */
  forgotten(): void {
    this.#results.clear();
  }

  /** The cloud shows a command as done. */
  shownDone(id: Uuid): void {
    this.#judge(this.#acted.get(id) === 1, () => `the cloud shows command ${id} as done, and it never acted`);
  }

  #judge(holds: boolean, how: () => string): void {
    this.#verdicts.judge("SYNC-11", holds, () => `${this.#name}: ${how()}`);
  }
}
