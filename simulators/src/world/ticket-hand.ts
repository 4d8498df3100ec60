import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import { TicketColumn } from "../devices/ticket-column.ts";
import type { LaneInput } from "./lane-hardware.ts";
import type { TicketHabits } from "./population.ts";

/** What a driver holds, and when he last did something with it. */
export interface Ticketed {
  code: string | null;
  /** Taken earlier in this visit, and worth nothing any more. */
  readonly spoilt: string[];
  /** Null: has not looked round yet. */
  nextAt: MonoMs | null;
  /** How often he has shown at the entry a ticket that was printed before the agent went. */
  shownAgain: number;
  validated: boolean;
}

export interface TicketHandOptions {
  readonly direction: Direction;
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: () => number;
  /** Share of scans that are misread. */
  readonly misread: number;
  /** Share of tickets after which the printer is out of paper. */
  readonly runsOut: number;
  readonly tell: (input: LaneInput) => void;
  /** The driver before the column, if he is one who takes tickets. */
  readonly holder: () => { readonly ticketed: Ticketed; readonly habits: TicketHabits } | null;
  /** The operator who is called; null when nobody answers. */
  readonly chargeLostTicket: (() => Promise<boolean>) | null;
}

const REACTION_MS = 1_500;
const AGAIN_MS = 6_000;
/** The same scan again within 2 s is one scan to the agent. */
const SOONEST_AGAIN_MS = 2_500;
const RAISING_MS = 8_000;
const CALL_AGAIN_MS = 20_000;
const VALIDATION_MS = 600;
const OPERATOR_MS = 3_000;
const MAX_SHOWN_AGAIN = 2;

/** A driver who has just come, with the ticket that he has by now. */
export function arrivingWith(code: string | null): Ticketed {
  return { code, spoilt: [], nextAt: null, shownAgain: 0, validated: false };
}

/** What drivers do by hand at a lane: press the button, take the ticket, show it, call for help; and who answers them. */
export class TicketHand {
  readonly #options: TicketHandOptions;
  readonly #column: TicketColumn;
  #answering: Timer | null = null;
  #now: MonoMs;

  constructor(options: TicketHandOptions) {
    this.#options = options;
    const { clock, random, pace, runsOut, tell } = options;
    this.#now = clock.mono();
    this.#column = new TicketColumn({ clock, random, pace, runsOut, tell, taken: (code) => this.#take(code) });
  }

  /** What a newly connected agent is told. */
  inputs(): readonly LaneInput[] {
    return this.#options.direction === "entry" ? this.#column.inputs() : [];
  }

  agentWent(): void {
    this.#column.loseAgent();
    this.#answering?.cancel();
    this.#answering = null;
  }

  output(output: Extract<IoOutput, { kind: "ticket" | "intercom" }>): void {
    if (output.kind === "ticket") return this.#column.print(output);
    this.#answering?.cancel();
    this.#answering = null;
    if (output.state === "calling") this.#answer(output.call_id);
  }

  /** What the driver does now; `stands`: before a closed barrier, `asked`: the terminal wants money from him. */
  act(now: MonoMs, { stands, asked }: { readonly stands: boolean; readonly asked: boolean }): void {
    this.#now = now;
    const holder = this.#options.holder();
    if (holder === null || !stands || this.#column.isPrinting) return;
    const { ticketed, habits } = holder;
    if (asked) return this.#validate(ticketed, habits);
    if (ticketed.nextAt === null) return this.#wait(ticketed, REACTION_MS);
    if (now < ticketed.nextAt) return;
    if (this.#options.direction === "entry") return this.#enter(ticketed);
    if (ticketed.code === null) return this.#call(ticketed);
    this.#wait(ticketed, AGAIN_MS);
    this.#scan(ticketed.code);
  }

  #enter(ticketed: Ticketed): void {
    this.#wait(ticketed, AGAIN_MS);
    if (ticketed.code === null || ticketed.shownAgain >= MAX_SHOWN_AGAIN)
      return this.#options.tell({ kind: "press", name: "ticket" });
    ticketed.shownAgain += 1;
    this.#scan(ticketed.code);
  }

  #call(ticketed: Ticketed): void {
    this.#wait(ticketed, CALL_AGAIN_MS);
    this.#options.tell({ kind: "press", name: "help" });
  }

  /** Who is asked to pay looks for a shop's code first. */
  #validate(ticketed: Ticketed, { validation }: TicketHabits): void {
    if (validation === null || ticketed.validated || ticketed.code === null) return;
    ticketed.validated = true;
    this.#wait(ticketed, AGAIN_MS);
    const { clock, pace, tell } = this.#options;
    clock.after(VALIDATION_MS / pace(), () => tell({ kind: "scan", medium: "qr", code: validation }));
  }

  #take(code: string): void {
    const ticketed = this.#options.holder()?.ticketed;
    if (!ticketed) return;
    if (ticketed.code !== null) ticketed.spoilt.push(ticketed.code);
    ticketed.code = code;
    ticketed.shownAgain = 0;
    this.#wait(ticketed, RAISING_MS);
  }

  #scan(code: string): void {
    const { random, misread, tell } = this.#options;
    tell({ kind: "scan", medium: "ticket", code: random.next() < misread ? misreadCode(code, random) : code });
  }

  #answer(callId: string): void {
    const { chargeLostTicket: charge, holder, clock, pace, tell } = this.#options;
    if (charge === null) return;
    this.#answering = clock.after(OPERATOR_MS / pace(), () => {
      const driver = holder();
      if (driver === null || driver.ticketed.code !== null) return;
      tell({ kind: "intercom", call_id: callId, state: "answered" });
      // An order that was not taken ends the call, so that the driver calls again.
      void charge().then((taken) => taken || tell({ kind: "intercom", call_id: callId, state: "ended" }));
    });
  }

  /** At a driver's own speed; a fast one's scans still lie so far apart that the agent takes them for two. */
  #wait(ticketed: Ticketed, waitMs: number): void {
    const soonestMs = waitMs >= AGAIN_MS ? SOONEST_AGAIN_MS : 0;
    ticketed.nextAt = later(this.#now, Math.max(soonestMs, waitMs / this.#options.pace()));
  }
}

/** One character wrong, as a scratched code reads. */
function misreadCode(code: string, random: Random): string {
  const at = randomInt(random, 1, code.length - 1);
  return code.slice(0, at) + (code[at] === "7" ? "1" : "7") + code.slice(at + 1);
}
