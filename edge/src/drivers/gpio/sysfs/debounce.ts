import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";

/** An input of which a level counts only when it has lasted. */
export interface Debounced {
  /** What counts. */
  readonly closed: boolean;
  /** Since when the other level was seen without a break; null when there is none. */
  readonly otherSince: MonoMs | null;
}

export interface Seen {
  readonly closed: boolean;
  /** The level has changed since the last look, maybe there and back. */
  readonly hasMoved: boolean;
  readonly at: MonoMs;
}

/** The input after one more look at it. */
export function debounce(before: Debounced, { closed, hasMoved, at }: Seen, debounceMs: number): Debounced {
  if (closed === before.closed) return { closed, otherSince: null };
  const since = before.otherSince === null || hasMoved ? at : before.otherSince;
  if (at >= later(since, debounceMs)) return { closed, otherSince: null };
  return { closed: before.closed, otherSince: since };
}
