import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";

/** How often, of 1, a carrier does wrong to a message, and how long it may hold one back. */
export interface Badness {
  readonly lost: number;
  readonly repeated: number;
  readonly heldBack: number;
  readonly heldBackMs: number;
}

export const NO_FAULTS: Badness = { lost: 0, repeated: 0, heldBack: 0, heldBackMs: 0 };

/** The usual way of a message, ms. */
const WAY_MS = 20;

/** Carries messages one way between two ends of one connection, and may lose, repeat and reorder them. */
export class BadCarrier {
  badness: Badness = NO_FAULTS;
  /** What it has done wrong so far. */
  readonly done = { lost: 0, repeated: 0, heldBack: 0 };
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  carry(deliver: () => void): void {
    const { lost, repeated, heldBack, heldBackMs } = this.badness;
    if (this.#random.next() < lost) {
      this.done.lost++;
      return;
    }
    const isHeldBack = this.#random.next() < heldBack;
    if (isHeldBack) this.done.heldBack++;
    this.#clock.after(isHeldBack ? this.#random.next() * heldBackMs : WAY_MS, deliver);
    if (this.#random.next() >= repeated) return;
    this.done.repeated++;
    this.#clock.after(WAY_MS + this.#random.next() * heldBackMs, deliver);
  }
}
