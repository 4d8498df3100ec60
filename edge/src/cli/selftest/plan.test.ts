import { pointsOf } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { type WiredLane, wiring } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { describe, expect, it } from "vitest";
import type { LanePicture } from "../../local-api/contract.ts";
import { planFor, stepTesting } from "./plan.ts";
import { buttonStep, faultStep, holdStep } from "./point-steps.ts";
import type { StepHands } from "./step.ts";

let channel = 0;
const point = () => ({ board: "b", channel: ++channel });

/** A lane that has everything a site file can name. */
const EVERYTHING = wiring.parse({
  driver: "wired",
  barrier: {
    ...{ raise: point(), lower: point(), stop: point(), hold: point(), light: point() },
    tests: { photo_eye: point(), photo_eye_b: point(), safety_edge: point() },
    limits: { up: point(), down: point() },
  },
  loops: {
    ...{ arming: point(), safety: point(), closing: point(), safety_b: point() },
    detectors: [
      { loops: ["arming", "safety"], fault: point() },
      { loops: ["closing", "safety_b"], fault: point(), power: point() },
    ],
  },
  contacts: {
    ...{ photo_eye: point(), photo_eye_b: point(), safety_edge: point(), fire: point() },
    ...{ cabinet_door: point(), key_switch: point(), outputs_enabled: point() },
  },
  buttons: { ticket: point(), help: point() },
}) as WiredLane;

const INPUTS = "arming safety closing safety_b photo_eye photo_eye_b safety_edge fire cabinet_door key_switch";
const quiet = Object.fromEntries(
  `${INPUTS} outputs_enabled limit_up limit_down`.split(" ").map((name) => [name, "quiet"]),
);
const points = pointsOf(EVERYTHING).map(({ kind, path, point: at }) => ({
  ...{ kind, name: path.join("."), board: at.board, channel: String(at.channel) },
}));
const picture = { signals: quiet, points, last_press: null, alarms: [] } as unknown as LanePicture;

/** A lane that does what the person is told, as `act` says. */
function played(act: (told: string, lane: LanePicture) => LanePicture, eyes = true) {
  let now = picture;
  const hands = {
    now: () => now,
    until: (holds: (lane: LanePicture) => boolean) => Promise.resolve(holds(now)),
    tell: (told: string) => {
      now = act(told, now);
    },
    order: () => Promise.resolve(),
    seen: () => Promise.resolve(eyes),
  } as unknown as StepHands;
  return hands;
}

describe("the plan of a selftest", () => {
  it("has a step for every input and output that a site file can name", () => {
    const steps = new Set(planFor(picture, []).map(({ id }) => id));
    const untested = points.filter(({ name }) => !steps.has(stepTesting(name)));
    expect(untested).toEqual([]);
    expect(points.length).toBe(26);
  });

  it("asks for nothing that the lane does not have", () => {
    const ids = planFor({ ...picture, points: [] }, []).map(({ id }) => id);
    expect(ids.filter((id) => /^(hold|stop|tests|button_|fault_|power_)/.test(id))).toEqual([]);
  });

  it("tells a swapped button from one that is not seen", async () => {
    const press = (name: string | null) =>
      played((_told, lane) => (name === null ? lane : { ...lane, last_press: { name, at: 1 } }));
    expect(await buttonStep("help").run(press("help"))).toMatchObject({ verdict: "passed" });
    expect((await buttonStep("help").run(press("ticket"))).finding).toContain("swapped");
    expect(await buttonStep("help").run(press(null))).toMatchObject({ verdict: "failed" });
  });

  it.each([
    ["fault", "Take detector 2"],
    ["power", "Switch the supply of detector 2"],
  ])("sees a detector's %s and its end", async (what, begins) => {
    const faulty = (told: string, lane: LanePicture) => ({
      ...lane,
      signals: { ...quiet, safety: told.startsWith(begins) ? "unknown" : "quiet" },
    });
    expect(await faultStep(`loops.detectors.1.${what}`).run(played(faulty))).toMatchObject({
      verdict: "passed",
      finding: "The fault was seen at: safety.",
    });
    const silent = await faultStep("loops.detectors.1.fault").run(played((_told, lane) => lane));
    expect(silent.verdict).toBe("failed");
  });

  it("leaves the hold-open output to the person's eyes", async () => {
    const up = played((_told, lane) => lane, false);
    expect((await holdStep.run(up)).verdict).toBe("failed");
  });
});
