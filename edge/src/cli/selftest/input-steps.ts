import type { LanePicture } from "../../local-api/contract.ts";
import { failed, type Outcome, PERSON_MAX_MS, passed, type Step, type StepHands } from "./step.ts";

const CLEAR_AGAIN_MAX_MS = 60_000;
/** After a failure the lane is given this long to come to rest before the next step, ms. */
const UNDO_MAX_MS = 10_000;

type Signals = LanePicture["signals"];

const NAMES: Readonly<Record<string, string>> = {
  arming: "arming loop",
  safety: "safety loop",
  closing: "closing loop",
  safety_b: "second channel of the safety loop",
  photo_eye: "photo-eye",
  photo_eye_b: "second photo-eye",
  fire: "fire contact",
  safety_edge: "safety edge",
  cabinet_door: "cabinet door contact",
  key_switch: "key switch",
  outputs_enabled: "standby selector",
  limit_up: "limit input up",
  limit_down: "limit input down",
};

/** What the technician calls an input of the wiring. */
export function nameOf(input: string): string {
  return NAMES[input] ?? input.replaceAll("_", " ");
}

/** Everything at rest: what reads active here is wired the wrong way round, broken or in the way. */
export const restStep: Step = {
  id: "rest",
  title: "Every input at rest",
  async run(hands) {
    await hands.ready("Empty the lane: no vehicle on a loop, nothing in the photo-eye, cabinet shut, arm DOWN.");
    const isDown = await hands.seen("Is the arm down, level, with your own eyes?");
    if (!isDown) return failed("The arm is not down. Lower it by hand at its controller, then begin again.");
    const isQuiet = ({ signals }: LanePicture): boolean => faultsAtRest(signals).length === 0;
    if (await hands.until(isQuiet, 3_000))
      return passed(`Quiet: ${quiet(hands.now().signals)}; the arm is at its lower limit.`);
    return failed(faultsAtRest(hands.now().signals).join(" "));
  },
};

/** What is wrong at rest, arm down; each with its likely cause. Exported for the table of wrong wirings. */
export function faultsAtRest(signals: Signals): readonly string[] {
  const faults: string[] = [];
  if (signals.limit_up === "active" && signals.limit_down === "quiet")
    faults.push(
      "The limit inputs are swapped: the arm is down and the input `up` is active. Exchange the two wires, or the two channels in the site file.",
    );
  else if (signals.limit_up === "active" && signals.limit_down === "active")
    faults.push(
      "Both limit inputs are active: limit input up is wired normally open instead of closed or the other way round, or its switch is stuck.",
    );
  else if (signals.limit_down === "quiet")
    faults.push(
      "Limit input down is not active though the arm is down: its switch is not reached, its wire is broken, or its contact is of the other kind (normally open for normally closed).",
    );
  for (const [input, signal] of Object.entries(signals)) {
    if (signal === "unknown")
      faults.push(
        `No signal from the ${nameOf(input)}: check the board's power, the wire and the channel in the site file.`,
      );
    if (signal === "active" && !input.startsWith("limit_")) faults.push(activeAtRest(input));
  }
  return faults;
}

function activeAtRest(input: string): string {
  const name = nameOf(input);
  if (/^(arming|safety|closing|safety_b)$/.test(input))
    return `The ${name} reads occupied in an empty lane: its relay contact is of the other kind (normally open for normally closed), the detector needs tuning, or its wire is broken.`;
  return `The ${name} reads active at rest: it is wired normally open instead of normally closed, its wire is broken, or something is in its way.`;
}

function quiet(signals: Signals): string {
  return Object.entries(signals)
    .filter(([input, signal]) => signal === "quiet" && !input.startsWith("limit_"))
    .map(([input]) => nameOf(input))
    .join(", ");
}

const DOING: Readonly<Record<string, readonly [act: string, undo: string]>> = {
  arming: [
    "Drive a vehicle (or lay the test plate) on the ARMING loop, before the arm",
    "Drive it off the loop again, backwards",
  ],
  safety: ["Put the test plate or vehicle on the SAFETY loop, under the arm", "Take it off again"],
  closing: ["Put the test plate or vehicle on the CLOSING loop, past the arm", "Take it off again"],
  photo_eye: ["Interrupt the photo-eye", "Clear it again"],
  photo_eye_b: ["Interrupt the second photo-eye", "Clear it again"],
  safety_b: ["Put the vehicle on the safety loop so that its second detector sees it", "Take it off again"],
  safety_edge: ["Press the safety edge", "Let it go"],
  cabinet_door: ["Open the cabinet's door", "Shut it"],
  key_switch: ["Turn the key switch", "Turn it back"],
  outputs_enabled: [
    "Turn the standby selector to the other computer (no relay of this one can come on meanwhile)",
    "Turn it back to this computer",
  ],
};

/** Inputs that see the same body, so that the one may come with the other. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  safety: ["safety_b", "photo_eye", "photo_eye_b"],
  safety_b: ["safety", "photo_eye", "photo_eye_b"],
  photo_eye: ["photo_eye_b"],
  photo_eye_b: ["photo_eye"],
};

/** One input made active and quiet again, the others staying as they are. */
export function inputStep(input: string): Step {
  const [act, undo] = DOING[input] ?? [`Make the ${nameOf(input)} active`, "Make it quiet again"];
  return {
    id: `input_${input}`,
    title: `${nameOf(input)[0]?.toUpperCase() ?? ""}${nameOf(input).slice(1)}`,
    async run(hands) {
      const before = hands.now().signals;
      hands.tell(`${act}.`);
      const began = hands.mono();
      const changed = ({ signals }: LanePicture): boolean => changedInputs(before, signals).length > 0;
      if (!(await hands.until(changed, PERSON_MAX_MS)))
        return failed(
          `Nothing changed: the ${nameOf(input)} is not seen. Check the sensor, its wire and its channel in the site file.`,
        );
      // A second channel may follow a moment later, and a wrong one shows by staying.
      await hands.until(({ signals }) => signals[input] === "active", 1_000);
      const outcome = judgeInput(input, before, hands.now().signals);
      if (outcome !== null) {
        hands.tell(`${undo}.`);
        await hands.until(({ signals }) => changedInputs(before, signals).length === 0, UNDO_MAX_MS);
        return outcome;
      }
      const seenMs = Math.round(hands.mono() - began);
      hands.tell(`${undo}.`);
      return clearedAgain(hands, input, seenMs);
    },
  };
}

async function clearedAgain(hands: StepHands, input: string, seenMs: number): Promise<Outcome> {
  if (!(await hands.until(({ signals }) => signals[input] === "quiet", CLEAR_AGAIN_MAX_MS)))
    return failed(
      `The ${nameOf(input)} stays active: it is stuck, or holds on (a detector in presence mode that lost its tuning).`,
    );
  return passed(`The ${nameOf(input)} was seen active, then quiet.`, { name: "seen after", value: `${seenMs} ms` });
}

/** Null when the right input came and no foreign one with it. */
export function judgeInput(input: string, before: Signals, after: Signals): Outcome | null {
  const changed = changedInputs(before, after);
  const foreign = changed.filter((name) => name !== input && !TOGETHER[input]?.includes(name));
  if (changed.includes(input) && after[input] === "active")
    return foreign.length === 0
      ? null
      : failed(
          `With the ${nameOf(input)} came ${foreign.map(nameOf).join(", ")}: two wires touch, or one sensor is wired to two inputs.`,
        );
  const [other] = foreign;
  if (other !== undefined && after[other] === "active")
    return failed(
      `The ${nameOf(other)} answered instead: ${nameOf(input)} and ${nameOf(other)} are swapped. Exchange their wires, or their channels in the site file.`,
    );
  if (changed.includes(input))
    return failed(`The ${nameOf(input)} has no signal any more: its wire or detector is faulty.`);
  return failed(`${changed.map(nameOf).join(", ")} changed, the ${nameOf(input)} did not.`);
}

function changedInputs(before: Signals, after: Signals): readonly string[] {
  return Object.keys(after).filter((name) => !name.startsWith("limit_") && after[name] !== before[name]);
}
