import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { CameraClockQuality } from "./camera-health.ts";

/** Time zones differ by multiples of this, so a wrong zone shows as one. */
const ZONE_STEP_MS = 15 * MINUTE_MS;
/** Stamps that are remembered to know how far the camera's clock is from ours. */
const REMEMBERED = 16;
/** Stamps that the quality is judged by. */
const JUDGED = 8;
const FEWEST_FOR_QUALITY = 3;
/** Late stamps one after another, at one distance, after which the clock was set and nothing is late. */
const STEPPED_AFTER = 3;

export interface CameraClockOptions {
  /** A read that is older than this when it comes tells of the past (SAFE-27). */
  readonly lateAfterMs: number;
  /** How far deliveries of equal speed may differ. */
  readonly jitterMs: number;
}

/**
 * What can be told from the stamps of a camera whose clock is not ours. They need not be right, only keep their distance:
 * the shortest one seen lately is that of a read that came at once, and what is further off has waited somewhere.
 *
 * A distance that is off by a multiple of a quarter of an hour is a wrong zone, not a wait. Several late reads at one
 * distance are a clock that was set back. The first read of all can't be judged, and is taken.
 */
export class CameraClock {
  readonly #options: CameraClockOptions;
  #distances: number[] = [];
  #judgements: boolean[] = [];
  #late: { readonly distance: number; readonly receivedAt: WallMs; readonly count: number } | null = null;

  constructor(options: CameraClockOptions) {
    this.#options = options;
  }

  /** Whether a read is so late that it tells of the past. One without a stamp never is. */
  isLate(capturedAt: WallMs | null, receivedAt: WallMs): boolean {
    if (capturedAt === null) return false;
    const distance = receivedAt - capturedAt;
    const { lateAfterMs, jitterMs } = this.#options;
    const wait = distance - (this.#shortest() ?? distance);
    if (Math.abs(wait) <= lateAfterMs) return this.#current(distance);
    // Nearer than any before: what came until now had waited, or the clock was set forward.
    if (wait < 0) return this.#startAnew(distance);
    const beyondZone = wait - ZONE_STEP_MS * Math.round(wait / ZONE_STEP_MS);
    if (Math.abs(beyondZone) <= jitterMs) {
      this.#judge(false);
      return false;
    }
    return this.#isStillLate(distance, receivedAt);
  }

  get quality(): CameraClockQuality {
    if (this.#judgements.length < FEWEST_FOR_QUALITY) return "unknown";
    return this.#judgements.every((good) => good) ? "steady" : "unsteady";
  }

  /** Camera minus ours, delivery included; null before the first stamp. */
  get offsetMs(): number | null {
    const shortest = this.#shortest();
    return shortest === null ? null : -shortest;
  }

  #current(distance: number): false {
    this.#distances = [...this.#distances, distance].slice(-REMEMBERED);
    this.#late = null;
    this.#judge(true);
    return false;
  }

  #startAnew(distance: number): false {
    this.#distances = [distance];
    this.#late = null;
    this.#judge(false);
    return false;
  }

  #isStillLate(distance: number, receivedAt: WallMs): boolean {
    const { jitterMs } = this.#options;
    const before = this.#late;
    const isSame = before !== null && Math.abs(distance - before.distance) <= jitterMs;
    // What a camera had kept comes in a burst, and its distances shrink; those of a clock that was set stay.
    if (isSame && receivedAt - before.receivedAt <= jitterMs) return true;
    const count = isSame ? before.count + 1 : 1;
    if (count >= STEPPED_AFTER) return this.#startAnew(distance);
    this.#late = { distance, receivedAt, count };
    this.#judge(false);
    return true;
  }

  #shortest(): number | null {
    return this.#distances.length === 0 ? null : Math.min(...this.#distances);
  }

  #judge(good: boolean): void {
    this.#judgements = [...this.#judgements, good].slice(-JUDGED);
  }
}
