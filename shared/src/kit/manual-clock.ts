import { type Clock, later, type MonoMs, monoMs, type Timer, type WallMs, wallMs } from "./clock.ts";

interface Pending {
  dueAt: MonoMs;
  readonly order: number;
  readonly fire: () => void;
  readonly periodMs: number | null;
}

/** A clock that stands until it is told to advance; timers fire in the order of their due time. For tests and simulation. */
export class ManualClock implements Clock {
  #mono: MonoMs;
  #wallOffsetMs: number;
  #pending = new Set<Pending>();
  #order = 0;

  constructor(start: { wall?: WallMs; mono?: MonoMs } = {}) {
    this.#mono = start.mono ?? monoMs(0);
    this.#wallOffsetMs = (start.wall ?? wallMs(0)) - this.#mono;
  }

  wall(): WallMs {
    return wallMs(this.#mono + this.#wallOffsetMs);
  }

  mono(): MonoMs {
    return this.#mono;
  }

  after(delayMs: number, fire: () => void): Timer {
    return this.#schedule(delayMs, fire, null);
  }

  every(periodMs: number, fire: () => void): Timer {
    return this.#schedule(periodMs, fire, periodMs);
  }

  /** Moves both clocks on, firing each timer that falls due on the way at its own due time. */
  advance(deltaMs: number): void {
    const end = later(this.#mono, deltaMs);
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#mono = next.dueAt;
      if (next.periodMs === null) this.#pending.delete(next);
      else next.dueAt = later(next.dueAt, next.periodMs);
      next.fire();
    }
    this.#mono = end;
  }

  /** Steps the wall clock alone, as a time server or a dead battery does. */
  stepWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
  }

  #schedule(delayMs: number, fire: () => void, periodMs: number | null): Timer {
    const pending: Pending = { dueAt: later(this.#mono, Math.max(0, delayMs)), order: this.#order++, fire, periodMs };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  #nextDue(end: MonoMs): Pending | undefined {
    let next: Pending | undefined;
    for (const one of this.#pending) {
      if (one.dueAt > end) continue;
      if (!next || one.dueAt < next.dueAt || (one.dueAt === next.dueAt && one.order < next.order)) next = one;
    }
    return next;
  }
}
