import type { IoInput, IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import { pick, type Random } from "@gatehouse/shared/kit/random.ts";

export type TerminalRequest = Extract<IoOutput, { kind: "terminal" }>;
export type TerminalResult = Omit<Extract<IoInput, { kind: "terminal" }>, "t">;
export type PaymentMethod = TerminalResult["method"];

export interface TerminalOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How much faster than a person drivers pay. */
  readonly pace: () => number;
  /** Share of first attempts that are declined, 0 to 1; the driver tries again and succeeds. */
  readonly declined: number;
  readonly tell: (result: TerminalResult) => void;
  readonly paid: (payment: { money: Money; method: PaymentMethod; reference: string }) => void;
}

const METHODS: readonly PaymentMethod[] = ["credit_card", "mobile_payment", "cash"];
const FIRST_TRY_MS = 2_500;
const NEXT_TRY_MS = 3_500;

/** A lane's payment terminal with a driver before it: one request at a time, a new one replaces the old. */
export class PaymentTerminal {
  readonly #options: TerminalOptions;
  #pending: { readonly requestId: string; readonly timer: Timer } | null = null;

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /** Whether a driver is asked to pay. */
  get asks(): boolean {
    return this.#pending !== null;
  }

  /** The agent asks for a payment or takes its request back. */
  request(request: TerminalRequest): void {
    if (!request.active) {
      if (this.#pending?.requestId === request.request_id) this.reset();
      return;
    }
    if (this.#pending?.requestId === request.request_id) return;
    this.reset();
    this.#attempt(request, FIRST_TRY_MS, this.#options.random.next() < this.#options.declined);
  }

  /** Forgets the request: the agent is gone, or the vehicle. */
  reset(): void {
    this.#pending?.timer.cancel();
    this.#pending = null;
  }

  #attempt(request: TerminalRequest, delayMs: number, declined: boolean): void {
    const timer = this.#options.clock.after(delayMs / this.#options.pace(), () => this.#finish(request, declined));
    this.#pending = { requestId: request.request_id, timer };
  }

  #finish(request: TerminalRequest, declined: boolean): void {
    const { random, tell, paid } = this.#options;
    const method = pick(random, METHODS);
    const reference = `SIM-${Buffer.from(random.bytes(8)).toString("hex")}`;
    const result = { kind: "terminal", lane: request.lane, request_id: request.request_id, reference, method } as const;
    if (declined) {
      this.#attempt(request, NEXT_TRY_MS, false);
      tell({ ...result, result: "declined" });
      return;
    }
    this.#pending = null;
    paid({ money: { amountMinor: request.amount_minor, currency: request.currency }, method, reference });
    tell({ ...result, result: "approved" });
  }
}
