import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";

/** Messages of one camera that are worked on at a time; each may hold a body of full size. */
const MAX_AT_ONCE = 4;
/** Engines that send a result for each frame send up to thirty a second. */
const MAX_A_SECOND = 50;
/** Messages that may come at once after a pause: what a camera had kept. */
const MAX_BURST = 100;

/** Keeps one camera from taking what the others need: so many messages at once, and so many a second. */
export class CameraLoad {
  readonly #clock: Clock;
  #atOnce = 0;
  #left = MAX_BURST;
  #countedAt: MonoMs;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.mono();
  }

  /** True when a message may be taken now; `end` must follow then. */
  begin(): boolean {
    const now = this.#clock.mono();
    this.#left = Math.min(MAX_BURST, this.#left + ((now - this.#countedAt) / SECOND_MS) * MAX_A_SECOND);
    this.#countedAt = now;
    if (this.#atOnce >= MAX_AT_ONCE || this.#left < 1) return false;
    this.#left -= 1;
    this.#atOnce++;
    return true;
  }

  end(): void {
    this.#atOnce--;
  }
}
