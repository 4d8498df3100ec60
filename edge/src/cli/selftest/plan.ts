import type { LanePicture } from "../../local-api/contract.ts";
import { cameraStep, displayStep, peripheralStep } from "./device-steps.ts";
import { inputStep, restStep } from "./input-steps.ts";
import { emergencyStep, lowerStep, raiseStep, reverseStep } from "./movement-steps.ts";
import { buttonStep, detectorStepId, faultStep, holdStep, stopStep, testsStep } from "./point-steps.ts";
import type { Step } from "./step.ts";

/** Inputs with steps of their own: limits are seen at the movements, fire at the emergency opening. */
const ELSEWHERE = new Set(["limit_up", "limit_down", "fire"]);

/** All steps for a lane, in order: nothing moves before every input was shown to work. */
export function planFor(lane: LanePicture, cameras: readonly string[]): readonly Step[] {
  const inputs = Object.keys(lane.signals).filter((name) => !ELSEWHERE.has(name));
  const points = lane.points.map(({ name }) => name);
  const wired = (name: string, step: Step): readonly Step[] => (points.includes(name) ? [step] : []);
  const faults = points.filter((name) => name.startsWith("loops.detectors."));
  const tests = points.filter((name) => name.startsWith("barrier.tests."));
  return [
    restStep,
    ...inputs.map(inputStep),
    ...faults.map(faultStep),
    ...wired("buttons.ticket", buttonStep("ticket")),
    ...wired("buttons.help", buttonStep("help")),
    raiseStep,
    ...wired("barrier.hold", holdStep),
    ...wired("barrier.stop", stopStep),
    reverseStep,
    lowerStep,
    ...(tests.length > 0 ? [testsStep(tests)] : []),
    emergencyStep,
    cameraStep(cameras),
    displayStep,
    peripheralStep("reader"),
    peripheralStep("printer"),
    peripheralStep("terminal"),
    peripheralStep("intercom"),
  ];
}

/** The step that tests a point of the site file; every point has one. */
export function stepTesting(point: string): string {
  const [group = "", name = "", last = ""] = point.split(".");
  if (group === "buttons") return `button_${name}`;
  if (group === "loops") return name === "detectors" ? detectorStepId(point) : `input_${name}`;
  if (group === "contacts") return name === "fire" ? "emergency" : `input_${name}`;
  if (name === "tests") return "tests";
  if (name === "limits") return last === "up" ? "raise" : "lower";
  return name === "light" ? "raise" : name;
}
