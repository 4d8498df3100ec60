import { type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";

/**
 * When the guard was last well, shared by threads without a message: the guard writes, the main thread reads before it
 * tells the service manager that all is well. Times are those of `processClock`.
 */
export class FeedCell {
  readonly buffer: SharedArrayBuffer;
  readonly #microseconds: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#microseconds = new BigInt64Array(buffer);
  }

  feed(at: MonoMs): void {
    Atomics.store(this.#microseconds, 0, BigInt(Math.round(at * 1_000)));
  }

  /** Null before the first feed. */
  fedAt(): MonoMs | null {
    const at = Atomics.load(this.#microseconds, 0);
    return at === 0n ? null : monoMs(Number(at) / 1_000);
  }
}
