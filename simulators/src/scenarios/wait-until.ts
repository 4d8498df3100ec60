import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";

const LOOK_EVERY_MS = 500;

export interface Waiting {
  readonly clock: Clock;
  readonly say: (text: string) => void;
  /** What the error says at its end; nothing when left out. */
  readonly hint?: string;
}

/** Waits until `check` is true; its last words tell what was missing. Rejects after `withinMs`. */
export async function waitUntil(
  { clock, say, hint = "" }: Waiting,
  what: string,
  withinMs: number,
  check: () => Promise<true | string>,
): Promise<void> {
  const startedAt = clock.mono();
  let last: true | string = "not looked yet";
  while (clock.mono() - startedAt < withinMs) {
    last = await check().catch(errorMessage);
    if (last === true) return say(`${what}, after ${((clock.mono() - startedAt) / 1_000).toFixed(1)} s`);
    await sleep(clock, LOOK_EVERY_MS);
  }
  throw new Error(`Not within ${withinMs / 1_000} s: ${what}; ${last}${hint}`);
}
