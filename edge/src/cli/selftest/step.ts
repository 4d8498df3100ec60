import type { LanePicture } from "../../local-api/contract.ts";

/** How long a person has to do what a step asks for, ms. */
export const PERSON_MAX_MS = 180_000;
/** How long a lane may take to switch a relay, or to change its mode, after an order, ms. */
export const RELAY_MAX_MS = 3_000;

export type StepVerdict = "passed" | "failed" | "skipped";

export interface Measure {
  readonly name: string;
  readonly value: string;
}

/** What became of a step; kept in the file of progress and printed in the report. */
export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly verdict: StepVerdict;
  /** What was seen; of a failure what is wrong and what to do. */
  readonly finding: string;
  readonly measures: readonly Measure[];
  /** Wall time at its end, ms. */
  readonly at: number;
}

/** How a step sees the lane, moves it and asks the person. The test of the selftest plays the other side of it. */
export interface StepHands {
  readonly lane: string;
  now(): LanePicture;
  until(holds: (lane: LanePicture) => boolean, withinMs: number): Promise<boolean>;
  /** Gives an order that a hand may give; rejects with the agent's refusal. */
  order(action: "hold" | "lock" | "automatic" | "reset"): Promise<void>;
  /** Tells the person what to do next. */
  tell(text: string): void;
  /** The person has done what was asked for. */
  ready(text: string): Promise<void>;
  /** What the person sees with their own eyes. */
  seen(question: string): Promise<boolean>;
  /** Devices and cameras as the agent tells them. */
  devices(): Promise<
    readonly {
      readonly kind: string;
      readonly id: string;
      readonly connected: boolean | null;
      readonly detail: string | null;
    }[]
  >;
  /** Monotonic, ms. */
  mono(): number;
}

export interface Outcome {
  readonly verdict: StepVerdict;
  readonly finding: string;
  readonly measures?: readonly Measure[];
}

export interface Step {
  readonly id: string;
  readonly title: string;
  /** The arm moves in it: left out when an input before it failed. */
  readonly movesArm?: true;
  run(hands: StepHands): Promise<Outcome>;
}

/** All is as the wiring should say. */
export const passed = (finding: string, ...measures: readonly Measure[]): Outcome => ({
  verdict: "passed",
  finding,
  measures,
});
/** It is not: `finding` says what is wrong, and what to change. The arm is not moved after it. */
export const failed = (finding: string, ...measures: readonly Measure[]): Outcome => ({
  verdict: "failed",
  finding,
  measures,
});
/** Not tested, and why; the next run asks again. */
export const skipped = (finding: string): Outcome => ({ verdict: "skipped", finding });
