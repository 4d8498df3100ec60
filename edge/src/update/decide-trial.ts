import type { TelemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";

/** Time that a new release has to show that it works, ms. */
export const TRIAL_MS = 5 * 60_000;
/** How long lane and link must be well without a break, ms. */
export const WELL_MS = 20_000;

export interface TrialFacts {
  readonly lanes: readonly Pick<TelemetryLane, "code" | "mode" | "loops">[];
  readonly isOnline: boolean;
  /** There was a link when the update was installed, so its loss would be the update's fault. */
  readonly needsLink: boolean;
  /** How long all has been well up to now, ms. */
  readonly wellMs: number;
  /** How long the trial has lasted, ms. */
  readonly runsMs: number;
}

export type TrialDecision =
  | { readonly kind: "works" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "wait"; readonly isWell: boolean };

const BROKEN_MODES: readonly string[] = ["fault", "out_of_service"];
const UNSEEING: readonly string[] = ["unknown", "fault"];

/** Whether a release on trial works: a lane that sees and isn't broken, and the link, if there was one. */
export function decideTrial({ lanes, isOnline, needsLink, wellMs, runsMs }: TrialFacts): TrialDecision {
  const works = lanes.some(({ mode, loops }) => !BROKEN_MODES.includes(mode) && !UNSEEING.includes(loops.safety));
  const isWell = works && (isOnline || !needsLink);
  if (isWell && wellMs >= WELL_MS) return { kind: "works" };
  if (runsMs < TRIAL_MS) return { kind: "wait", isWell };
  return { kind: "failed", why: works ? "the link to the cloud did not come back" : "no lane works" };
}

/** Lanes that an update must wait for: a vehicle on a loop, a loop that can't tell, or something under way. */
export function busyLanes(lanes: readonly Pick<TelemetryLane, "code" | "state" | "loops">[]): readonly string[] {
  const resting: readonly string[] = ["idle", "open"];
  return lanes
    .filter(({ state, loops }) => !resting.includes(state) || Object.values(loops).some((loop) => loop !== "clear"))
    .map(({ code }) => code);
}
