import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";

/**
 * Tells whether a code was read within the last `windowMs`; each sight of it begins the window anew, so that a ticket held
 * before the scanner for a minute is one scan.
 */
export function repeatFilter(clock: Pick<Clock, "mono">, windowMs: number): (code: string) => boolean {
  let last: { readonly code: string; readonly at: MonoMs } | null = null;
  return (code) => {
    const now = clock.mono();
    const repeated = last !== null && last.code === code && now - last.at < windowMs;
    last = { code, at: now };
    return repeated;
  };
}
