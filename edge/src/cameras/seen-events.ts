import { type Clock, later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";

/** Events remembered of one camera. At the limit the oldest is forgotten. */
const REMEMBERED = 2_048;
/** Cameras begin their numbers anew at each start, so an id must not count for ever. */
const FORGOTTEN_AFTER_MS = 2 * MINUTE_MS;

/** Remembers a camera's latest events, so that what it sends again is one read. */
export class SeenEvents {
  readonly #clock: Clock;
  readonly #until = new Map<string, MonoMs>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    return until !== undefined && until > this.#clock.mono();
  }

  add(key: string, forMs: number = FORGOTTEN_AFTER_MS): void {
    this.#until.delete(key);
    this.#until.set(key, later(this.#clock.mono(), forMs));
    if (this.#until.size <= REMEMBERED) return;
    const [oldest] = this.#until.keys();
    if (oldest !== undefined) this.#until.delete(oldest);
  }
}
