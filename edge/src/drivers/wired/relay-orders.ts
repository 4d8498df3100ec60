import type { OutputPoint } from "@gatehouse/shared/contracts/config/site/points.ts";
import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import type { BoardError } from "../../ports/board/board-port.ts";
import type { BoardOf } from "./wired-inputs.ts";

/** Between an output that is off by its board's word and one against it, ms (SAFE-01). */
export const OPPOSITE_REST_MS = 200;
/** An output that nobody knows of is off after so long: no relay is asked to stay on longer (SAFE-11), ms. */
const UNKNOWN_MS = 1_000;

export interface RelayOrdersOptions {
  readonly point: OutputPoint;
  readonly boardOf: BoardOf;
  readonly clock: Pick<Clock, "after" | "mono">;
  /** Outputs that must be off before this one goes on. */
  readonly against: () => readonly RelayOrders[];
  /** An order was accepted and is over without having been carried out, or not for long enough. */
  readonly lost: () => void;
}

interface Order {
  readonly since: MonoMs;
  readonly until: MonoMs;
  readonly end: Timer;
  given: boolean;
  confirmedAt: MonoMs | null;
  wait: Timer | null;
}

/**
 * One output of a barrier. What counts is not when something was asked of a board but when the board has confirmed it: on an
 * RS-485 bus the one may come long after the other.
 */
export class RelayOrders {
  readonly #options: RelayOrdersOptions;
  readonly #freed = new Set<() => void>();
  #order: Order | null = null;
  /** Since when it is off, null while it may be on. */
  #offAt: MonoMs | null;
  /** When it is off at the latest, whatever became of its board. */
  #offBy: MonoMs;

  constructor(options: RelayOrdersOptions) {
    this.#options = options;
    const { clock, point, boardOf } = options;
    this.#offBy = later(clock.mono(), UNKNOWN_MS);
    this.#offAt = this.#offBy;
    const board = boardOf(point.board);
    board.onSwitched((channel, on) => {
      if (channel === point.channel) this.#confirmed(on);
    });
    board.watch({ sample: () => {}, holds: () => {}, lost: () => this.#boardLost() });
  }

  /** Whether it was asked to be on. */
  isWanted(): boolean {
    return this.#order !== null;
  }

  /** Time until what is against this output may go on, ms; null while that isn't known. */
  restMs(): number | null {
    return this.#offAt === null ? null : this.#offAt + OPPOSITE_REST_MS - this.#options.clock.mono();
  }

  /** On for at most `forMs`, counted from now; it waits until what is against it has rested. */
  on(forMs: number): Result<void, BoardError> {
    const { clock, boardOf, point } = this.#options;
    if (!boardOf(point.board).health().ok) return err("not_connected");
    const since = clock.mono();
    this.#drop();
    const end = clock.after(forMs, () => this.#over());
    this.#order = { since, until: later(since, forMs), end, given: false, confirmedAt: null, wait: null };
    return this.#give(this.#order);
  }

  /** Off, at once. */
  off(): Result<void, BoardError> {
    const { boardOf, point } = this.#options;
    const order = this.#drop();
    if (order?.given) this.#offAt = null;
    const done = boardOf(point.board).release(point.channel);
    if (order && this.#isTooShort(order)) this.#options.lost();
    return done;
  }

  /** Calls once, when it is known since when this output is off. */
  whenFree(call: () => void): void {
    this.#freed.add(call);
  }

  #give(order: Order): Result<void, BoardError> {
    const { clock, boardOf, point, against } = this.#options;
    if (this.#order !== order || order.given) return ok(undefined);
    const waits = against().map((one) => ({ one, restMs: one.restMs() }));
    const again = (): void => this.#giveLater(order);
    for (const { one, restMs } of waits) if (restMs === null) one.whenFree(again);
    if (waits.some(({ restMs }) => restMs === null)) return ok(undefined);
    const restMs = Math.max(0, ...waits.map((wait) => wait.restMs ?? 0));
    order.wait?.cancel();
    order.wait = restMs > 0 ? clock.after(restMs, again) : null;
    if (restMs > 0) return ok(undefined);
    order.given = true;
    this.#offAt = null;
    this.#offBy = order.until;
    const done = boardOf(point.board).energise(point.channel, order.until - clock.mono());
    if (!done.ok) this.#drop();
    return done;
  }

  #giveLater(order: Order): void {
    if (this.#order === order && !this.#give(order).ok) this.#options.lost();
  }

  #confirmed(on: boolean): void {
    const now = this.#options.clock.mono();
    if (this.#order?.given && on) this.#order.confirmedAt ??= now;
    if (on) return;
    this.#offAt = now;
    this.#callFreed();
  }

  #callFreed(): void {
    const calls = [...this.#freed];
    this.#freed.clear();
    for (const call of calls) call();
  }

  /** A pulse that came so late that less than half of it was left may not have been noticed by the barrier. */
  #isTooShort({ since, confirmedAt }: Order): boolean {
    const now = this.#options.clock.mono();
    return confirmedAt === null || 2 * (now - confirmedAt) < now - since;
  }

  #over(): void {
    const order = this.#drop();
    if (order && this.#isTooShort(order)) this.#options.lost();
  }

  #boardLost(): void {
    this.#offAt ??= this.#offBy;
    this.#callFreed();
    this.#drop();
    this.#options.lost();
  }

  #drop(): Order | null {
    const order = this.#order;
    this.#order = null;
    order?.end.cancel();
    order?.wait?.cancel();
    return order;
  }
}
