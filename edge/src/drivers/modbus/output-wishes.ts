import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { type Clock, later, type MonoMs, type Timer } from "@gatehouse/shared/kit/clock.ts";
import type { OnFor } from "../../ports/board/board-port.ts";
import type { ModbusRequest } from "./modbus-line.ts";
import { offRequests, onRequests } from "./profile-requests.ts";

/** What an output shall be; `until` is when it must be off again, null without such a time. */
type Wish = { readonly on: false } | { readonly on: true; readonly until: MonoMs | null };

export interface OutputWishesOptions {
  readonly profile: RelayBoardProfile;
  readonly outputs: readonly Channel[];
  readonly clock: Clock;
  /** Called when there is a new wish. */
  readonly changed: () => void;
  /** Called when the board has confirmed what an output is now. */
  readonly switched: (output: Channel, on: boolean) => void;
}

/** What to tell the board. */
export interface OutputOrder {
  readonly requests: readonly ModbusRequest[];
  /** Says that the board has confirmed it; takes the wish away unless a newer one has come. */
  done(): void;
}

/**
 * What the outputs of a board shall be and it was not told yet: at most one wish for each output, the latest. Offs are told
 * before ons, so that two outputs that follow each other are never on together (SAFE-01).
 */
export class OutputWishes {
  readonly #options: OutputWishesOptions;
  readonly #wishes = new Map<Channel, Wish>();
  readonly #ends = new Map<Channel, Timer>();

  constructor(options: OutputWishesOptions) {
    this.#options = options;
  }

  knows(output: Channel): boolean {
    return this.#options.outputs.includes(output);
  }

  /** On; off again after its time by this process too, whatever the board does by itself (SAFE-11). */
  on(output: Channel, onFor: OnFor): void {
    const { clock } = this.#options;
    this.#ends.get(output)?.cancel();
    this.#ends.delete(output);
    if (onFor === "until_released") return this.#wish(output, { on: true, until: null });
    this.#ends.set(
      output,
      clock.after(onFor, () => this.off(output)),
    );
    this.#wish(output, { on: true, until: later(clock.mono(), onFor) });
  }

  off(output: Channel): void {
    this.#ends.get(output)?.cancel();
    this.#ends.delete(output);
    this.#wish(output, { on: false });
  }

  allOff(): void {
    for (const output of this.#options.outputs) this.off(output);
  }

  /** The board is away: when it is back it is told off for all of them. */
  forget(): void {
    for (const timer of this.#ends.values()) timer.cancel();
    this.#ends.clear();
    this.#wishes.clear();
  }

  hasNext(): boolean {
    return this.#wishes.size > 0;
  }

  /** Whether an output is to go off: that waits for nothing (SAFE-04). */
  hasOff(): boolean {
    return [...this.#wishes.values()].some(({ on }) => !on);
  }

  /** What to tell the board next. */
  next(): OutputOrder | null {
    const { profile, clock, switched } = this.#options;
    const [output, wish] = [...this.#wishes].find(([, { on }]) => !on) ?? [...this.#wishes][0] ?? [];
    if (output === undefined || wish === undefined) return null;
    const leftMs = wish.on && wish.until !== null ? wish.until - clock.mono() : null;
    const isOver = leftMs !== null && leftMs <= 0;
    return {
      requests: wish.on && !isOver ? onRequests(profile, output, leftMs) : offRequests(profile, output),
      done: () => {
        if (this.#wishes.get(output) === wish) this.#wishes.delete(output);
        switched(output, wish.on && !isOver);
      },
    };
  }

  #wish(output: Channel, wish: Wish): void {
    this.#wishes.set(output, wish);
    this.#options.changed();
  }
}
