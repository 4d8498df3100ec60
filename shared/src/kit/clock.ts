/** Milliseconds since 1970-01-01T00:00:00Z as a wall clock tells them; may step, may be wrong after a boot. */
export type WallMs = number & { readonly __clock: "wall" };
/** Milliseconds on a clock that only goes forward; comparable only within one process and boot. */
export type MonoMs = number & { readonly __clock: "mono" };

/** States that a number of milliseconds since the epoch is a wall time. */
export function wallMs(ms: number): WallMs {
  return ms as WallMs;
}

/** States that a number of milliseconds is a reading of this process's monotonic clock. */
export function monoMs(ms: number): MonoMs {
  return ms as MonoMs;
}

/** `start` moved by `deltaMs` on the same clock. */
export function later<T extends WallMs | MonoMs>(start: T, deltaMs: number): T {
  return (start + deltaMs) as T;
}

/** RFC 3339 in UTC with milliseconds. */
export function toIso(at: WallMs): string {
  return new Date(at).toISOString();
}

/** Parses RFC 3339 text. Throws RangeError when it is no time. */
export function fromIso(text: string): WallMs {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new RangeError(`Not a time: ${text}`);
  return ms as WallMs;
}

export interface Timer {
  cancel(): void;
}

/** The only source of time. Wall time is for people and money; monotonic time is for order, timers and safety. */
export interface Clock {
  wall(): WallMs;
  mono(): MonoMs;
  /** Calls `fire` once after `delayMs` of monotonic time. */
  after(delayMs: number, fire: () => void): Timer;
  /** Calls `fire` each `periodMs` of monotonic time until cancelled. */
  every(periodMs: number, fire: () => void): Timer;
}

/** Resolves after `delayMs` of monotonic time, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(delayMs, done);
    function done(): void {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}
