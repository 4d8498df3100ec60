import type { LanePicture } from "../../local-api/contract.ts";
import { cameraStep, displayStep, peripheralStep } from "./device-steps.ts";
import { inputStep, restStep } from "./input-steps.ts";
import { emergencyStep, lowerStep, raiseStep, reverseStep } from "./movement-steps.ts";
import type { Step } from "./step.ts";

/** Inputs with steps of their own: limits are seen at the movements, fire at the emergency opening. */
const ELSEWHERE = new Set(["limit_up", "limit_down", "fire", "outputs_enabled"]);

/** All steps for a lane, in order: nothing moves before every input was shown to work. */
export function planFor(lane: LanePicture, cameras: readonly string[]): readonly Step[] {
  const inputs = Object.keys(lane.signals).filter((name) => !ELSEWHERE.has(name));
  return [
    restStep,
    ...inputs.map(inputStep),
    raiseStep,
    reverseStep,
    lowerStep,
    emergencyStep,
    cameraStep(cameras),
    displayStep,
    peripheralStep("reader"),
    peripheralStep("printer"),
    peripheralStep("terminal"),
    peripheralStep("intercom"),
  ];
}
