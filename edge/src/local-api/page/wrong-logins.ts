import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";

/** So many wrong logins, from whatever addresses, ... */
export const MANY_WRONG = 20;
/** ... within so long are somebody who tries, and not a technician who has forgotten. */
export const WRONG_WITHIN_MS = 10 * MINUTE_MS;
/** People are told of them this seldom. */
export const TOLD_AGAIN_MS = HOUR_MS;

/** Counts the wrong logins of all addresses together: the wait of each address alone stops nobody who has many. */
export class WrongLogins {
  #latest: readonly MonoMs[] = [];
  #toldAt: MonoMs | null = null;

  /** Whether people are to be told, now that one more was wrong. */
  oneMore(now: MonoMs): boolean {
    this.#latest = [...this.#latest, now].filter((at) => now - at < WRONG_WITHIN_MS).slice(-MANY_WRONG);
    if (this.#latest.length < MANY_WRONG || (this.#toldAt !== null && now - this.#toldAt < TOLD_AGAIN_MS)) return false;
    this.#toldAt = now;
    return true;
  }
}
