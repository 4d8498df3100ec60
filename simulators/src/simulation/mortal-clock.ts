import { type Clock, later, type MonoMs, type Timer, type WallMs } from "@gatehouse/shared/kit/clock.ts";

/** One run of a process: whatever it does after its death has no effect. */
export interface Life {
  isOver: boolean;
}

/** The clock of one run of a process: its timers die with it, and its wall clock may be wrong. */
export class MortalClock implements Clock {
  readonly #clock: Clock;
  readonly #life: Life;
  readonly #wallErrorMs: () => number;

  constructor(clock: Clock, life: Life, wallErrorMs: () => number = () => 0) {
    this.#clock = clock;
    this.#life = life;
    this.#wallErrorMs = wallErrorMs;
  }

  wall(): WallMs {
    return later(this.#clock.wall(), this.#wallErrorMs());
  }

  mono(): MonoMs {
    return this.#clock.mono();
  }

  after(delayMs: number, fire: () => void): Timer {
    return this.#clock.after(delayMs, () => {
      if (!this.#life.isOver) fire();
    });
  }

  every(periodMs: number, fire: () => void): Timer {
    const timer = this.#clock.every(periodMs, () => {
      if (this.#life.isOver) timer.cancel();
      else fire();
    });
    return timer;
  }
}
