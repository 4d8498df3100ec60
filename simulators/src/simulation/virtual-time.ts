import { later } from "@gatehouse/shared/kit/clock.ts";
import type { EventClock } from "./event-clock.ts";
import type { Verdicts } from "./sync-rules.ts";

/** Timers of one moment; a burst of a thousand events needs fewer. */
const TIMERS_AT_ONCE_MAX = 100_000;

/** Lets time pass; none any more once a rule is broken. Throws when timers follow each other and time stands. */
export async function passTime(clock: EventClock, verdicts: Verdicts, ms: number): Promise<void> {
  const end = later(clock.mono(), ms);
  await turn();
  let still = 0;
  let lastAt = clock.mono();
  while (verdicts.broken.length === 0) {
    const before = clock.touched;
    if (!clock.fireNext(end)) return;
    // Work that is not a timer is promises: after a turn none of it is left. A timer that touched nothing has left none.
    if (clock.touched !== before) await turn();
    still = clock.mono() === lastAt ? still + 1 : 0;
    lastAt = clock.mono();
    if (still > TIMERS_AT_ONCE_MAX) throw new Error(`At ${lastAt} ms timers follow each other and no time passes.`);
  }
}

/** Resolves when no promise has work left: Node empties the queue of promises before it comes to the next tick. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
