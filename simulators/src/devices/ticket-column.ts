import type { IoInput, IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";

export type TicketJob = Extract<IoOutput, { kind: "ticket" }>;
type WithoutPlace<T> = T extends unknown ? Omit<T, "t" | "lane"> : never;
export type ColumnInput = WithoutPlace<Extract<IoInput, { kind: "printer" | "ticket" }>>;

export interface TicketColumnOptions {
  readonly clock: Pick<Clock, "after">;
  readonly random: Random;
  /** How much faster than a person drivers take their ticket. */
  readonly pace: () => number;
  /** Share of tickets after which the roll is at its end, 0 to 1. */
  readonly runsOut: number;
  readonly tell: (input: ColumnInput) => void;
  /** The driver has a ticket in his hand. */
  readonly taken: (code: string) => void;
}

const PRINT_MS = 1_200;
const TAKE_MS = 1_500;
/** Longer than drivers wait: some turn round before an attendant has put in a new roll. */
const REFILL_MS = 150_000;

/** The printer of an entry with a driver before it: one ticket at a time, and a roll that ends now and then. */
export class TicketColumn {
  readonly #options: TicketColumnOptions;
  #job: { readonly jobId: string; readonly code: string; timer: Timer } | null = null;
  #state: "ready" | "paper_out" = "ready";

  constructor(options: TicketColumnOptions) {
    this.#options = options;
  }

  /** Whether a ticket is on its way to the driver. */
  get isPrinting(): boolean {
    return this.#job !== null;
  }

  /** What a newly connected agent is told. */
  inputs(): readonly ColumnInput[] {
    return [{ kind: "printer", state: this.#state }];
  }

  print({ job_id: jobId, code }: TicketJob): void {
    if (this.#job?.jobId === jobId) return;
    if (this.#state !== "ready") return this.#options.tell({ kind: "ticket", job_id: jobId, result: "failed" });
    this.#job?.timer.cancel();
    this.#job = { jobId, code, timer: this.#after(PRINT_MS, () => this.#present(jobId)) };
  }

  /** The agent is gone. What was being printed comes out all the same, and the driver takes it. */
  loseAgent(): void {
    const job = this.#job;
    this.#job = null;
    if (!job) return;
    job.timer.cancel();
    this.#options.taken(job.code);
  }

  #present(jobId: string): void {
    if (this.#job?.jobId !== jobId) return;
    this.#job.timer = this.#after(TAKE_MS, () => this.#take(jobId));
    this.#options.tell({ kind: "ticket", job_id: jobId, result: "presented" });
  }

  #take(jobId: string): void {
    const { tell, taken, random, runsOut } = this.#options;
    if (this.#job?.jobId !== jobId) return;
    taken(this.#job.code);
    this.#job = null;
    tell({ kind: "ticket", job_id: jobId, result: "taken" });
    if (random.next() >= runsOut) return;
    this.#turn("paper_out");
    this.#after(REFILL_MS, () => this.#turn("ready"));
  }

  #turn(state: "ready" | "paper_out"): void {
    this.#state = state;
    this.#options.tell({ kind: "printer", state });
  }

  #after(delayMs: number, then: () => void): Timer {
    return this.#options.clock.after(delayMs / this.#options.pace(), then);
  }
}
