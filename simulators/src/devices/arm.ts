import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";

/** Time from limit to limit, ms. */
export interface ArmTravel {
  readonly raiseMs: number;
  readonly lowerMs: number;
}

export type ArmMotion = "still" | "raising" | "lowering";
export type ArmRelay = "up" | "down";

/** A barrier's arm with an impulse controller: `from` is its height (0 down, 1 up) when the present motion began. */
export interface Arm {
  readonly motion: ArmMotion;
  readonly from: number;
  readonly since: MonoMs;
  readonly relays: Readonly<Record<ArmRelay, boolean>>;
}

/** Below this height the arm touches a vehicle that stands under it. */
export const CONTACT_HEIGHT = 0.55;

/** An arm at rest. */
export function restingArm(height: 0 | 1, now: MonoMs): Arm {
  return { motion: "still", from: height, since: now, relays: { up: false, down: false } };
}

/** The arm's height at `now`, from 0 (down) to 1 (up). */
export function armHeight(arm: Arm, travel: ArmTravel, now: MonoMs): number {
  const elapsedMs = Math.max(0, now - arm.since);
  switch (arm.motion) {
    case "still":
      return arm.from;
    case "raising":
      return Math.min(1, arm.from + elapsedMs / travel.raiseMs);
    case "lowering":
      return Math.max(0, arm.from - elapsedMs / travel.lowerMs);
  }
}

/** The same arm, come to rest if it has reached a limit by `now`. */
export function settled(arm: Arm, travel: ArmTravel, now: MonoMs): Arm {
  const height = armHeight(arm, travel, now);
  const arrived = (arm.motion === "raising" && height >= 1) || (arm.motion === "lowering" && height <= 0);
  return arrived ? { ...arm, motion: "still", from: height, since: now } : arm;
}

/**
 * A relay's contact changed. Impulse control, as in the manuals of common operators: the closing edge of a contact starts a
 * travel to the limit, its opening does not stop it, and OPEN has priority over CLOSE. There is no obstacle detection on
 * purpose: the judge has to see when an agent would have closed on a vehicle.
 */
export function switchRelay(arm: Arm, travel: ArmTravel, change: { relay: ArmRelay; on: boolean; now: MonoMs }): Arm {
  const relays = { ...arm.relays, [change.relay]: change.on };
  const risingEdge = change.on && !arm.relays[change.relay];
  if (!risingEdge || (change.relay === "down" && relays.up)) return { ...arm, relays };
  const from = armHeight(arm, travel, change.now);
  const motion: ArmMotion = change.relay === "up" ? "raising" : "lowering";
  return settled({ motion, from, since: change.now, relays }, travel, change.now);
}

/** Both contacts fall off, as an output board does that has lost its computer; the arm goes on to where it was going. */
export function relaysReleased(arm: Arm): Arm {
  return { ...arm, relays: { up: false, down: false } };
}

/** The limit inputs at `now`. */
export function limitsOf(arm: Arm, travel: ArmTravel, now: MonoMs): { readonly up: boolean; readonly down: boolean } {
  const height = armHeight(arm, travel, now);
  return { up: height >= 1, down: height <= 0 };
}
