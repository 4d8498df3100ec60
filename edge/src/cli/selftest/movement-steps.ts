import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import {
  failed,
  type Measure,
  type Outcome,
  PERSON_MAX_MS,
  passed,
  RELAY_MAX_MS,
  type Step,
  type StepHands,
} from "./step.ts";

const LEAVE_MAX_MS = 5_000;
const ARRIVE_MAX_MS = 35_000;
/** An arm is told to lower only after every input was clear for its hold time, and 2 s after a reversal (SAFE-05). */
const LOWER_MAX_MS = 20_000;

/** From rest down: relay up pulses, the lower limit goes, the upper comes, the light turns green. */
export const raiseStep: Step = {
  id: "raise",
  title: "Raise: relay up, limit inputs, light",
  movesArm: true,
  async run(hands) {
    await hands.ready("The arm will RISE. Nobody and nothing near it?");
    const moved = await move(hands, "up");
    if (!moved.ok) return moved.error;
    const measures = moved.value;
    if (!(await hands.seen("Is the arm up, with your own eyes?")))
      return failed(
        "The agent saw the arm rise, you did not: the limit inputs are not those of this arm. Check which lane they belong to.",
        ...measures,
      );
    if (!(await hands.seen("Is the light green?")))
      return failed("The light is not green though the arm is up: check the lamp and its output.", ...measures);
    return passed("Relay up pulsed, the arm went from its lower to its upper limit, the light is green.", ...measures);
  },
};

/** Lowered onto an interrupted photo-eye: it must stop and rise again before it is down. */
export const reverseStep: Step = {
  id: "reverse",
  title: "Reversing on an obstruction",
  movesArm: true,
  async run(hands) {
    await hands.ready(
      "The arm will COME DOWN. Hold a stick ready, stand aside; as soon as the arm moves, hold the stick in the PHOTO-EYE until it is up again.",
    );
    await hands.order("lock");
    if (!(await hands.until(({ relays }) => relays.down, LOWER_MAX_MS)))
      return failed(`The arm was not lowered: ${against(hands)}.`);
    if (!(await hands.until(({ signals }) => signals.limit_up !== "active", RELAY_MAX_MS)))
      return failed("Relay down was on, but the arm did not leave its upper limit: check the wire of relay down.");
    hands.tell("NOW: interrupt the photo-eye.");
    const interrupted = await hands.until(({ signals }) => signals.photo_eye === "active", ARRIVE_MAX_MS);
    const seenAt = hands.mono();
    if (!interrupted)
      return failed("The photo-eye was not seen interrupted before the arm was down. Do this step again.");
    const isRaising = await hands.until(({ relays, barrier }) => relays.up || barrier === "raising", 1_000);
    const raisingMs = Math.round(hands.mono() - seenAt);
    if (!isRaising)
      return failed("The arm did not turn round at the photo-eye. Take this lane out of service until it does.");
    if (!(await hands.until(({ signals }) => signals.limit_up === "active", ARRIVE_MAX_MS)))
      return failed("The arm turned round but did not reach its upper limit.");
    hands.tell("Take the stick out of the photo-eye.");
    await hands.until(({ signals }) => signals.photo_eye === "quiet", PERSON_MAX_MS);
    return passed("The arm turned round at the photo-eye and went up again.", {
      name: "rising after at most",
      value: `${raisingMs} ms`,
    });
  },
};

/** From up: relay down pulses when all is clear, the arm arrives at its lower limit. */
export const lowerStep: Step = {
  id: "lower",
  title: "Lower: relay down, limit inputs",
  movesArm: true,
  async run(hands) {
    await hands.ready("The arm will COME DOWN. Nobody and nothing under or near it, all loops empty?");
    const moved = await move(hands, "down");
    if (!moved.ok) return moved.error;
    const measures = moved.value;
    if (!(await hands.seen("Is the arm down, with your own eyes?")))
      return failed(
        "The agent saw the arm come down, you did not: check which lane the limit inputs belong to.",
        ...measures,
      );
    return passed("Relay down pulsed, the arm went from its upper to its lower limit.", ...measures);
  },
};

/** The fire contact opens every gate and keeps it open until a reset at the lot. */
export const emergencyStep: Step = {
  id: "emergency",
  title: "Fire contact and emergency opening",
  movesArm: true,
  async run(hands) {
    hands.tell("Open the FIRE contact (at the panel, or pull its plug). Every gate of the lot will open.");
    if (!(await hands.until(({ fire }) => fire, PERSON_MAX_MS)))
      return failed("The fire contact was not seen: it is bridged, wired to another input, or not wired at all.");
    const seenAt = hands.mono();
    if (!(await hands.until(({ signals }) => signals.limit_up === "active", ARRIVE_MAX_MS)))
      return failed("The fire contact was seen, but the arm did not arrive at its upper limit.");
    const openMs = Math.round(hands.mono() - seenAt);
    hands.tell("Close the fire contact again.");
    if (!(await hands.until(({ signals }) => signals.fire === "quiet", PERSON_MAX_MS)))
      return failed("The fire contact stays open.");
    if (hands.now().mode !== "emergency_open")
      return failed("The emergency opening did not latch: it must stay until it is reset at the lot.");
    await hands.order("reset");
    if (!(await hands.until(({ mode }) => mode !== "emergency_open", RELAY_MAX_MS)))
      return failed(
        "The lane could not be reset after the fire contact was closed. Reset the other lanes as well, then begin again.",
      );
    return passed("The gate opened by the fire contact, stayed open, and was reset.", {
      name: "up after",
      value: `${openMs} ms`,
    });
  },
};

/** The measures of a movement, or why it failed. */
async function move(hands: StepHands, movement: "up" | "down"): Promise<Result<readonly Measure[], Outcome>> {
  const other = movement === "up" ? "down" : "up";
  const began = hands.mono();
  const since = (): string => `${Math.round(hands.mono() - began)} ms`;
  await hands.order(movement === "up" ? "hold" : "lock");
  if (!(await hands.until(({ relays }) => relays[movement], movement === "up" ? RELAY_MAX_MS : LOWER_MAX_MS)))
    return err(failed(`Relay ${movement} was not switched: ${against(hands)}.`));
  const relay = since();
  const pulseAt = hands.mono();
  const pulse = hands
    .until(({ relays }) => !relays[movement], RELAY_MAX_MS)
    .then((ended) => (ended ? `${Math.round(hands.mono() - pulseAt)} ms` : "did not end"));
  if (!(await hands.until(({ signals }) => signals[`limit_${other}`] !== "active", LEAVE_MAX_MS)))
    return err(
      failed(
        `Relay ${movement} was on, but the arm did not leave limit ${other}: the relays may be swapped (it was told ${movement}), the wire of relay ${movement} is open, or the barrier has no power.`,
      ),
    );
  const left = since();
  if (!(await hands.until(({ signals }) => signals[`limit_${movement}`] === "active", ARRIVE_MAX_MS)))
    return err(
      failed(`The arm left limit ${other}, but limit input ${movement} never came: check that switch and its wire.`),
    );
  return ok([
    { name: "relay on after", value: relay },
    { name: "pulse, about", value: await pulse },
    { name: `left limit ${other} after`, value: left },
    { name: `reached limit ${movement} after`, value: since() },
  ]);
}

function against(hands: StepHands): string {
  const { alarms, hazard, mode } = hands.now();
  if (alarms.length > 0) return `alarm ${alarms.join(", ")}`;
  return hazard === null ? `the lane is ${mode}` : `${hazard.replaceAll("_", " ")} is not clear`;
}
