import { type Clock, later, type MonoMs, type Timer, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PaymentTaken } from "../decision/decision-desk.ts";
import type {
  PaymentTerminalPort,
  Settlement,
  TerminalEvent,
  TerminalResult,
} from "../ports/payment-terminal/payment-terminal-port.ts";
import type { PaymentFailure, PaymentRequest, PeripheralReport } from "./messages.ts";

/** A payment that a terminal was, or was about to be, asked for. */
export interface AskedPayment extends PaymentRequest {
  readonly laneId: Uuid;
  readonly askedAt: WallMs;
  /** The terminal's last transaction before it; see `PaymentTerminalPort.mark`. */
  readonly mark: string | null;
  /** Set once the terminal has approved it. */
  readonly approval: Pick<TerminalResult, "reference" | "method"> | null;
}

/** Where asked payments are kept until they are booked or nothing more can come of them. */
export interface KeptPayments {
  /** Resolves when it is on the disk; rejects when it can't be put there. Null: it is kept in memory only. */
  keep(asked: AskedPayment): Promise<void> | null;
  approve(requestId: string, approval: NonNullable<AskedPayment["approval"]>): void;
  drop(requestId: string): void;
  find(requestId: string): AskedPayment | null;
  /** Whether the stay may have paid, though nobody can tell. */
  isUnclear(sessionId: Uuid): boolean;
  /** What became of this request can't be told: its stay may have paid, and it is no request any more. */
  setUnclear(asked: AskedPayment): void;
  /** Those of one lane, the oldest first. */
  left(laneId: Uuid): readonly AskedPayment[];
}

export interface LanePaymentsOptions {
  readonly laneId: Uuid;
  /** Null where the lane has none. */
  readonly terminal: PaymentTerminalPort | null;
  readonly kept: KeptPayments;
  readonly clock: Pick<Clock, "mono" | "wall" | "after">;
  readonly report: (report: PeripheralReport) => void;
  /** Takes money of an earlier run into the books; what can't be booked now is tried again. */
  readonly book: (payment: PaymentTaken) => void;
  /** Tells people of a payment of which nobody knows whether it was made. */
  readonly unclear: (asked: AskedPayment, why: string) => void;
}

/** A payment asked for while the terminal still has to say what became of the one before waits so long at most, ms. */
export const HOLD_MAX_MS = 10_000;

type Current =
  /** Not on the disk yet, so the terminal knows nothing of it. */
  | { readonly at: "keeping"; readonly requestId: string; readonly withdrawn: boolean }
  /** Waits for the settlement of a payment of an earlier run. */
  | { readonly at: "held"; readonly request: PaymentRequest; readonly timer: Timer };

/**
 * The payments of one lane, so that an agent that dies loses no money and asks nobody twice:
 *
 * 1. A request is on the disk before the terminal hears of it, and stays there until its money is booked or the terminal
 *    says that nothing comes of it.
 * 2. What is found there at the start is settled before anything else is asked: an approval is booked, under the terminal's
 *    reference, which the books take once; what the terminal can't tell is told to people.
 * 3. A stay that may have paid is not asked again, also not after a restart; its lane follows the fail policy (SAFE-18).
 */
export class LanePayments {
  readonly #options: LanePaymentsOptions;
  readonly #unwatch: (() => void) | null;
  #current: Current | null = null;
  /** Until when new requests wait for the settlement; null when there is none to wait for. */
  #settlingUntil: MonoMs | null = null;

  constructor(options: LanePaymentsOptions) {
    this.#options = options;
    this.#unwatch = options.terminal?.watch((event) => this.#take(event)) ?? null;
  }

  /** Takes up what earlier runs left. To be called once, before any request. */
  settle(): void {
    const { terminal, clock, kept, laneId } = this.#options;
    const left = kept.left(laneId);
    for (const { approval, ...asked } of left) if (approval) this.#book({ ...asked, ...approval });
    const open = left.filter(({ approval }) => approval === null);
    const last = open.at(-1);
    for (const older of open.slice(0, -1)) this.#tellUnclear(older, "Another payment was asked for since.");
    if (!last) return;
    if (!terminal) return this.#tellUnclear(last, "The lane has no payment terminal any more.");
    this.#settlingUntil = later(clock.mono(), HOLD_MAX_MS);
    terminal.settle(last, (settlement) => {
      this.#settlingUntil = null;
      this.#settled(last, settlement);
    });
  }

  request(request: PaymentRequest): void {
    const { terminal, clock } = this.#options;
    const approval = this.#unbooked(request);
    if (approval) return this.#paid(request, approval);
    if (this.#options.kept.isUnclear(request.sessionId)) return this.#fail(request.requestId, "unclear");
    if (this.#current) return this.#fail(request.requestId, "busy");
    const until = this.#settlingUntil;
    if (until !== null && clock.mono() < until) return this.#hold(request, until);
    if (!terminal?.health().connected) return this.#fail(request.requestId, "not_connected");
    this.#keep(terminal, request);
  }

  cancel(requestId: string): void {
    const current = this.#current;
    if (current?.at === "keeping" && current.requestId === requestId) this.#current = { ...current, withdrawn: true };
    else if (current?.at === "held" && current.request.requestId === requestId) this.#release(current.timer);
    else this.#options.terminal?.cancel(requestId);
  }

  stop(): void {
    this.#unwatch?.();
    if (this.#current?.at === "held") this.#release(this.#current.timer);
    else if (this.#current) this.#current = { ...this.#current, withdrawn: true };
  }

  #keep(terminal: PaymentTerminalPort, request: PaymentRequest): void {
    const { laneId, kept, clock } = this.#options;
    const { requestId, amount, movementId, sessionId } = request;
    const asked = { requestId, amount, movementId, sessionId, laneId, askedAt: clock.wall() };
    this.#current = { at: "keeping", requestId, withdrawn: false };
    const keeping = kept.keep({ ...asked, mark: terminal.mark(), approval: null });
    if (keeping === null) return this.#ask(terminal, request);
    keeping.then(
      () => this.#ask(terminal, request),
      () => {
        this.#current = null;
        this.#fail(requestId, "not_kept");
      },
    );
  }

  #ask(terminal: PaymentTerminalPort, { requestId, amount }: PaymentRequest): void {
    const { kept } = this.#options;
    const isWithdrawn = this.#current?.at === "keeping" && this.#current.withdrawn;
    this.#current = null;
    if (isWithdrawn) return kept.drop(requestId);
    const answer = terminal.request({ requestId, amount });
    if (answer.ok) return;
    kept.drop(requestId);
    this.#fail(requestId, answer.error);
  }

  #hold(request: PaymentRequest, until: MonoMs): void {
    const { clock } = this.#options;
    const timer = clock.after(until - clock.mono(), () => {
      this.#current = null;
      this.#fail(request.requestId, "not_connected");
    });
    this.#current = { at: "held", request, timer };
  }

  #release(timer: Timer): void {
    timer.cancel();
    this.#current = null;
  }

  #settled(asked: AskedPayment, settlement: Settlement): void {
    const { kept } = this.#options;
    const held = this.#current?.at === "held" ? this.#current : null;
    if (held) this.#release(held.timer);
    switch (settlement.kind) {
      case "approved": {
        const { reference, method } = settlement;
        kept.approve(asked.requestId, { reference, method });
        if (held && isSame(held.request, asked)) return this.#paid(held.request, { reference, method });
        this.#book({ ...asked, reference, method });
        // It was decided without this money, and now for another sum.
        if (held?.request.sessionId === asked.sessionId) return this.#fail(held.request.requestId, "unclear");
        break;
      }
      case "not_paid":
        kept.drop(asked.requestId);
        break;
      case "unknown":
        this.#tellUnclear(asked, settlement.why);
        break;
      default:
        assertNever(settlement);
    }
    if (held) this.request(held.request);
  }

  /** An approval for the same stay and sum that is on its way into the books. */
  #unbooked(request: PaymentRequest): AskedPayment["approval"] {
    const { kept, laneId } = this.#options;
    return kept.left(laneId).find((asked) => asked.approval && isSame(request, asked))?.approval ?? null;
  }

  /** The vehicle that had paid waits for the answer still: this is it. */
  #paid({ requestId }: PaymentRequest, approval: NonNullable<AskedPayment["approval"]>): void {
    this.#options.report({ kind: "payment", result: { requestId, result: "approved", ...approval } });
  }

  #book({ movementId, sessionId, laneId, amount, reference, method }: PaymentTaken): void {
    this.#options.book({ movementId, sessionId, laneId, amount, reference, method });
  }

  #tellUnclear(asked: AskedPayment, why: string): void {
    const { kept, unclear } = this.#options;
    unclear(asked, why);
    kept.setUnclear(asked);
  }

  #take(event: TerminalEvent): void {
    const { report, kept } = this.#options;
    switch (event.kind) {
      case "result": {
        const { requestId, result, reference, method } = event.result;
        if (result === "approved") kept.approve(requestId, { reference, method });
        if (result === "cancelled") kept.drop(requestId);
        return report({ kind: "payment", result: event.result });
      }
      case "failed":
        return this.#fail(event.requestId, event.code);
      case "closed":
        return this.#close(event.requestId, event.settlement);
      default:
        return assertNever(event);
    }
  }

  #close(requestId: string, settlement: Extract<TerminalEvent, { kind: "closed" }>["settlement"]): void {
    const asked = this.#options.kept.find(requestId);
    if (!asked) return;
    if (settlement.kind === "unknown") this.#tellUnclear(asked, settlement.why);
    else this.#options.kept.drop(requestId);
  }

  #fail(requestId: string, code: PaymentFailure): void {
    this.#options.report({ kind: "payment_failed", requestId, code });
  }
}

function isSame(one: PaymentRequest, other: PaymentRequest): boolean {
  const [left, right] = [one.amount, other.amount];
  return (
    one.sessionId === other.sessionId && left.amountMinor === right.amountMinor && left.currency === right.currency
  );
}
