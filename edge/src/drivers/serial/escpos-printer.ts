import type { EscposConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock, MonoMs, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../../ports/device-health.ts";
import {
  type PrinterError,
  type PrinterEvent,
  type PrinterPort,
  type PrinterState,
  type TicketPrint,
  ticketFault,
} from "../../ports/printer/printer-port.ts";
import {
  ASK_FULL_STATUS,
  ASK_PRINTED,
  askStatus,
  FORGET_WAITING,
  NO_FACTS,
  ofAutomatic,
  ofFullStatus,
  type PrinterFacts,
  printerState,
  type RealTimeStatus,
  SEND_CHANGES,
  StatusCutter,
  type StatusMessage,
  withRealTime,
} from "./escpos-status.ts";
import { encodeTicket } from "./escpos-ticket.ts";
import { SerialConnection } from "./serial-connection.ts";

/** How often the printer is asked one of its questions, ms. */
const ASK_MS = 250;
/** An answer that took longer is not waited for, and the next question is asked, ms. */
const ANSWER_MAX_MS = 1_000;
/** Without an answer for this long the printer is gone, ms. */
const SILENCE_MS = 3_000;
/** Longest time from the first byte of a ticket to the word that it is printed, ms. */
const PRINT_MAX_MS = 15_000;
const QUESTIONS: readonly RealTimeStatus[] = [1, 2, 3, 4];

export interface EscposPrinterOptions {
  readonly config: EscposConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the bytes of a ticket. */
  readonly encode?: typeof encodeTicket;
}

interface Job {
  readonly ticket: TicketPrint;
  readonly since: MonoMs;
  readonly at: "printing" | "presented";
}

/** An ESC/POS ticket printer on a serial port. */
export class EscposPrinter implements PrinterPort {
  readonly #options: EscposPrinterOptions;
  readonly #connection: SerialConnection;
  readonly #cutter: StatusCutter;
  readonly #listeners = new Set<(event: PrinterEvent) => void>();
  readonly #timer: Timer;
  #facts: PrinterFacts = NO_FACTS;
  #answers = 0;
  #question = 0;
  #askedAt: MonoMs | null = null;
  #heardAt: MonoMs | null = null;
  #state: PrinterState = "offline";
  #job: Job | null = null;

  constructor(options: EscposPrinterOptions) {
    this.#options = options;
    const { config, clock, random } = options;
    this.#cutter = new StatusCutter(this.#hasPresenter);
    this.#connection = new SerialConnection({
      settings: config,
      clock,
      random,
      onBytes: (bytes) => {
        for (const message of this.#cutter.take(bytes)) this.#take(message);
      },
      onUp: () => this.#begin(),
      onDown: () => this.#forget(),
    });
    this.#timer = clock.every(ASK_MS, () => this.#tick());
  }

  print(ticket: TicketPrint): Result<void, PrinterError> {
    const fault = ticketFault(ticket, this.#state) ?? (this.#job === null ? null : "busy");
    if (fault) return err(fault);
    const job: Job = { ticket, since: this.#options.clock.mono(), at: "printing" };
    this.#job = job;
    const { config, encode = encodeTicket } = this.#options;
    encode(ticket, config).then(
      (bytes) => this.#job === job && this.#send(bytes),
      (error: unknown) => {
        // The printer may have failed it meanwhile, and have the next one in hand.
        if (this.#job !== job) return;
        this.#connection.note("not_encoded", `The ticket could not be made: ${errorMessage(error)}`);
        this.#fail("jammed");
      },
    );
    return ok(undefined);
  }

  state(): PrinterState {
    return this.#state;
  }

  watch(listener: (event: PrinterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  health(): DeviceHealth {
    return { connected: this.#state !== "offline", detail: this.#state, lastFault: this.#connection.lastFault };
  }

  async close(): Promise<void> {
    this.#timer.cancel();
    await this.#connection.close();
  }

  get #hasPresenter(): boolean {
    return this.#options.config.presenter === "custom";
  }

  /** The printer may be another one, or fresh from power off: nothing that it said holds, and it must know nothing of ours. */
  #begin(): void {
    this.#forget();
    this.#connection.write(FORGET_WAITING);
    if (!this.#hasPresenter) this.#connection.write(SEND_CHANGES);
  }

  #forget(): void {
    this.#facts = NO_FACTS;
    this.#answers = 0;
    this.#askedAt = null;
    this.#question = 0;
    this.#heardAt = null;
    this.#follow();
  }

  #send(bytes: Uint8Array): void {
    if (!this.#connection.write(bytes) || !this.#connection.write(ASK_PRINTED)) this.#fail("offline");
  }

  #tick(): void {
    const { clock } = this.#options;
    if (this.#hasPresenter) this.#connection.write(ASK_FULL_STATUS);
    else this.#ask();
    if (this.#heardAt !== null && clock.mono() - this.#heardAt > SILENCE_MS) {
      this.#connection.note("silent", "The printer does not answer; look at its power, its cable and its speed.");
      this.#forget();
    }
    if (this.#job?.at === "printing" && clock.mono() - this.#job.since > PRINT_MAX_MS) {
      this.#connection.note("not_printed", "The printer took a ticket and never said that it is printed.");
      this.#fail("jammed");
    }
  }

  get #which(): RealTimeStatus {
    return QUESTIONS[this.#question % QUESTIONS.length] ?? 1;
  }

  /** One question at a time, because the answers don't say to which they belong. */
  #ask(): void {
    const now = this.#options.clock.mono();
    if (this.#askedAt !== null && now - this.#askedAt < ANSWER_MAX_MS) return;
    this.#askedAt = now;
    this.#connection.write(askStatus(this.#which));
  }

  #take(message: StatusMessage): void {
    this.#heardAt = this.#options.clock.mono();
    switch (message.kind) {
      case "real_time": {
        if (this.#askedAt === null) return;
        this.#facts = withRealTime(this.#facts, this.#which, message.byte);
        this.#askedAt = null;
        this.#question++;
        this.#answers++;
        // That it is offline is told before why, so only a whole round of questions says how it is.
        if (this.#question % QUESTIONS.length !== 0) return;
        break;
      }
      case "automatic":
        this.#facts = ofAutomatic(this.#facts, message.bytes);
        this.#answers = QUESTIONS.length;
        break;
      case "full":
        this.#facts = ofFullStatus(message.bytes);
        this.#answers = QUESTIONS.length;
        break;
      case "printed":
        this.#printed();
        break;
    }
    this.#follow();
  }

  /** The state is known when all questions have been answered once. */
  #follow(): void {
    const state = this.#answers < QUESTIONS.length ? "offline" : printerState(this.#facts);
    const stopped = state === "offline" || state === "jammed" || state === "paper_out";
    if (state !== this.#state) {
      this.#state = state;
      this.#tell({ kind: "state", state });
    }
    if (stopped && this.#job?.at === "printing") this.#fail(state);
    if (this.#job?.at === "presented" && (this.#facts.ticketOut === false || state === "offline")) this.#end();
  }

  #printed(): void {
    if (this.#job?.at !== "printing") return;
    this.#job = { ...this.#job, at: "presented" };
    this.#tell({ kind: "ticket", jobId: this.#job.ticket.jobId, result: "presented" });
    if (!this.#hasPresenter) this.#end();
    // The presenter's sensor as it was before this ticket says nothing of it.
    else this.#facts = { ...this.#facts, ticketOut: null };
  }

  #end(): void {
    const job = this.#job;
    this.#job = null;
    if (job) this.#tell({ kind: "ticket", jobId: job.ticket.jobId, result: "taken" });
  }

  /** What the printer has of this ticket must not come out later, when nobody waits for it. */
  #fail(code: PrinterError): void {
    const job = this.#job;
    this.#job = null;
    if (!job) return;
    this.#connection.write(FORGET_WAITING);
    this.#tell({ kind: "failed", jobId: job.ticket.jobId, code });
  }

  #tell(event: PrinterEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
