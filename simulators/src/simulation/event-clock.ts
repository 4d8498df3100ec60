import {
  type Clock,
  later,
  type MonoMs,
  monoMs,
  type Timer,
  type WallMs,
  wallMs,
} from "@gatehouse/shared/kit/clock.ts";

interface Entry {
  dueAt: number;
  order: number;
  readonly fire: () => void;
  readonly periodMs: number | null;
  isCancelled: boolean;
}

/**
 * Virtual time that jumps from one due timer to the next, so that quiet hours cost nothing but their timers. Timers that
 * are due at the same moment fire in the order in which they were set.
 */
export class EventClock implements Clock {
  /** Timers fired. */
  fired = 0;
  /** Counts everything that was scheduled or cancelled, and whatever else `touch` was called for. */
  touched = 0;
  #mono = 0;
  readonly #wallAtZero: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(start: WallMs) {
    this.#wallAtZero = start;
  }

  wall(): WallMs {
    return wallMs(Math.floor(this.#wallAtZero + this.#mono));
  }

  mono(): MonoMs {
    return monoMs(this.#mono);
  }

  after(delayMs: number, fire: () => void): Timer {
    return this.#schedule(Math.max(0, delayMs), fire, null);
  }

  every(periodMs: number, fire: () => void): Timer {
    return this.#schedule(periodMs, fire, periodMs);
  }

  /** Notes that something has happened which other parts may have to react to. */
  touch(): void {
    this.touched++;
  }

  /** Fires the next timer that is due until `end`, at its own time; false when there is none, and time is `end` then. */
  fireNext(end: MonoMs): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.dueAt > end) {
      this.#mono = Math.max(this.#mono, end);
      return false;
    }
    if (next.isCancelled) {
      this.#take();
      return true;
    }
    this.#mono = next.dueAt;
    if (next.periodMs === null) {
      this.#take();
      // Its end may settle a promise.
      this.touched++;
    } else {
      next.dueAt = later(monoMs(next.dueAt), next.periodMs);
      next.order = this.#order++;
      this.#sink(0);
    }
    this.fired++;
    next.fire();
    return true;
  }

  #schedule(delayMs: number, fire: () => void, periodMs: number | null): Timer {
    this.touched++;
    const entry: Entry = { dueAt: this.#mono + delayMs, order: this.#order++, fire, periodMs, isCancelled: false };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return {
      cancel: () => {
        this.touched++;
        entry.isCancelled = true;
      },
    };
  }

  #take(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right;
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return false;
    return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}
