import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { WATCHDOG_MAX_MS } from "../ports/watchdog/watchdog-port.ts";

/** Latest call of the main thread's own timer after its time, ms; lanes wait for that thread's decisions. */
export const LAG_MAX_MS = 1_000;
/** Longest time that the store may take for an answer, whether good or bad, ms. A full disk answers. */
export const STORE_SILENCE_MAX_MS = 5_000;

/** What is known of the agent at one moment. */
export interface Vitals {
  readonly now: MonoMs;
  /** How late the main thread's timer was. */
  readonly lagMs: number;
  /** When the guard last read every input and judged every rule; null before the first time. */
  readonly guardAt: MonoMs | null;
  /** When the store last answered a transaction. */
  readonly storeAt: MonoMs;
}

/** Why the agent had better be restarted, or null while it is fit (SAFE-10). */
export function unfitness({ now, lagMs, guardAt, storeAt }: Vitals): string | null {
  if (guardAt === null) return "The guard has not read its inputs yet.";
  if (now - guardAt > WATCHDOG_MAX_MS) return `The guard has read no inputs for ${Math.round(now - guardAt)} ms.`;
  if (lagMs > LAG_MAX_MS) return `The main thread was held up for ${Math.round(lagMs)} ms.`;
  if (now - storeAt > STORE_SILENCE_MAX_MS) return `The store has not answered for ${Math.round(now - storeAt)} ms.`;
  return null;
}
