import { failed, PERSON_MAX_MS, passed, RELAY_MAX_MS, type Step, type StepHands, skipped } from "./step.ts";

/** A push button of the driver, wired to a board. */
export function buttonStep(name: "ticket" | "help"): Step {
  return {
    id: `button_${name}`,
    title: name === "ticket" ? "Ticket button" : "Help button",
    async run(hands) {
      const before = hands.now().last_press?.at ?? 0;
      const came = ({ last_press }: ReturnType<typeof hands.now>): boolean => (last_press?.at ?? 0) > before;
      hands.tell(`Press the ${name.toUpperCase()} button, once.`);
      if (!(await hands.until(came, PERSON_MAX_MS)))
        return failed(
          "No press was seen: check the button, its wire, its contact's kind and its channel in the site file.",
        );
      const seen = hands.now().last_press?.name;
      if (seen === name) return passed(`The press of the ${name} button was seen.`);
      return failed(
        `The ${seen ?? "other"} button answered instead: the two buttons are swapped. Exchange their wires or channels.`,
      );
    },
  };
}

/** Id of the step for `loops.detectors.N.fault` or `.power`. */
export function detectorStepId(point: string): string {
  const [, , at = "", what = ""] = point.split(".");
  return `${what}_${at}`;
}

const TOLD_BY = {
  fault: {
    title: "Fault output",
    make: (nth: number) => `Take detector ${nth} of the site file out of its socket, or disconnect its loop.`,
    wire: "the detector's fault output",
  },
  power: {
    title: "Supply",
    make: (nth: number) => `Switch the supply of detector ${nth} of the site file off.`,
    wire: "the relay at the detector's supply",
  },
} as const;

/** What tells of a detector's fault or lost supply; its loops have no signal meanwhile. `point` is `loops.detectors.N.fault` or `.power`. */
export function faultStep(point: string): Step {
  const nth = Number(point.split(".")[2]) + 1;
  const { title, make, wire } = TOLD_BY[point.endsWith(".power") ? "power" : "fault"];
  return {
    id: detectorStepId(point),
    title: `${title} of detector ${nth}`,
    async run(hands) {
      const isFaulty = (): boolean => loopsOf(hands).some((name) => hands.now().signals[name] !== "quiet");
      hands.tell(make(nth));
      if (!(await hands.until(isFaulty, PERSON_MAX_MS)))
        return failed(`No loop was reported faulty: check the wire of ${wire} and its channel in the site file.`);
      const faulty = loopsOf(hands).filter((name) => hands.now().signals[name] !== "quiet");
      hands.tell("Put it back, and drive a vehicle over its loops once, so that they count as sound again.");
      if (!(await hands.until(() => !isFaulty(), PERSON_MAX_MS)))
        return failed("The fault does not end: the detector is not tuned, or its contact is of the other kind.");
      return passed(`The fault was seen at: ${faulty.join(", ")}.`);
    },
  };
}

const loopsOf = (hands: StepHands): readonly string[] =>
  ["arming", "safety", "closing", "safety_b"].filter((name) => name in hands.now().signals);

/** The output that keeps the arm up; the lane still holds from the raising before. */
export const holdStep: Step = {
  id: "hold",
  title: "Hold-open output",
  movesArm: true,
  async run(hands) {
    await hands.order("hold");
    if (!(await hands.until(({ signals }) => signals.limit_up === "active", RELAY_MAX_MS)))
      return failed("The arm is not up while the lane holds open. Do the step of raising again.");
    if (!(await hands.seen("Does the barrier's controller show its hold-open input on?")))
      return failed(
        "The controller does not see the hold-open output: check its wire, its terminal and its channel in the site file.",
      );
    return passed("The hold-open output is on, and the controller sees it.");
  },
};

/** The agent switches no stop output: an arm is stopped by the relays going off and by raising it (SAFE-04). */
export const stopStep: Step = {
  id: "stop",
  title: "Stop output",
  run: () =>
    Promise.resolve(
      skipped(
        "The agent never switches it. Test the controller's stop input by hand at the controller, and enter it below.",
      ),
    ),
};

/** Each monitored device was put to its test before the arm came down (SAFE-13). */
export function testsStep(points: readonly string[]): Step {
  const names = points.map((point) => (point.split(".")[2] ?? point).replaceAll("_", " "));
  return {
    id: "tests",
    title: "Test outputs of monitored devices",
    async run(hands) {
      const failure = hands.now().alarms.find((alarm) => alarm.includes("device_test_failed"));
      if (failure !== undefined)
        return failed(`A device did not answer its test (${names.join(", ")}): check the wire of its test output.`);
      const isSeen = await hands.seen(
        `Before the arm came down, did the lamp of each test output blink (${names.join(", ")})?`,
      );
      if (!isSeen)
        return failed(
          "A test output did not come on: check its channel in the site file, and that the lane's `protection` names the device as tested.",
        );
      return passed(`Tested before the arm came down: ${names.join(", ")}.`);
    },
  };
}
