import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { STOP_LINE_M } from "../devices/lane-geometry.ts";
import { arriving, type Driver, type DriverTemper, drive, type LaneSight } from "./driver.ts";

const TEMPER: DriverTemper = { speedMps: 2.5, reactionMs: 500, backsOut: false, tailgates: false };
const RED: LaneSight = { green: false, armUp: false, refused: false, dark: false, noWayBack: false, following: false };
const GREEN: LaneSight = { ...RED, green: true, armUp: true };
const STEP_MS = 20;

/** Drives on under one sight for some time, or until `until` says so. */
function driveFor(
  driver: Driver,
  sight: LaneSight,
  { fromMs, ms }: { fromMs: number; ms: number },
  until?: (d: Driver) => boolean,
): Driver {
  let now = driver;
  for (let passed = 0; passed < ms && !until?.(now); passed += STEP_MS) {
    now = drive(now, sight, { now: monoMs(fromMs + passed), elapsedMs: STEP_MS, pace: 1 });
  }
  return now;
}

const atStopLine = (temper: DriverTemper = TEMPER) => driveFor(arriving(temper, 4.2), RED, { fromMs: 0, ms: 5_000 });

describe("a driver", () => {
  it("stops at the line and waits there while the light is red or the arm not up", () => {
    const waiting = atStopLine();
    expect(waiting).toMatchObject({ frontM: STOP_LINE_M, phase: { name: "waiting" } });
    const lightOnly = driveFor(waiting, { ...RED, green: true }, { fromMs: 5_000, ms: 5_000 });
    const armOnly = driveFor(waiting, { ...RED, armUp: true }, { fromMs: 5_000, ms: 5_000 });
    expect([lightOnly.frontM, armOnly.frontM]).toEqual([STOP_LINE_M, STOP_LINE_M]);
  });

  it("goes through after his reaction time", () => {
    const waiting = atStopLine();
    expect(driveFor(waiting, GREEN, { fromMs: 5_000, ms: 400 }).phase.name).toBe("waiting");
    expect(driveFor(waiting, GREEN, { fromMs: 5_000, ms: 8_000 }).phase).toEqual({ name: "through", slipped: false });
  });

  it("stops again when the light goes before he has reached the safety loop", () => {
    const started = driveFor(
      atStopLine(),
      GREEN,
      { fromMs: 5_000, ms: 2_000 },
      ({ phase }) => phase.name === "passing",
    );
    expect(driveFor(started, RED, { fromMs: 7_000, ms: 100 })).toMatchObject({
      frontM: STOP_LINE_M,
      phase: { name: "waiting" },
    });
  });

  it("goes on when he is over the safety loop, whatever light and arm do", () => {
    const inside = driveFor(atStopLine(), GREEN, { fromMs: 5_000, ms: 8_000 }, ({ frontM }) => frontM > -1);
    expect(driveFor(inside, RED, { fromMs: 8_000, ms: 10_000 }).phase.name).toBe("through");
  });

  it("reads a refusal, then turns round; at an exit he stays", () => {
    const refused = { ...RED, refused: true };
    expect(driveFor(atStopLine(), refused, { fromMs: 5_000, ms: 2_000 }).phase.name).toBe("waiting");
    expect(driveFor(atStopLine(), refused, { fromMs: 5_000, ms: 12_000 }).phase).toEqual({
      name: "backed_out",
      cause: "refused",
    });
    expect(driveFor(atStopLine(), { ...refused, noWayBack: true }, { fromMs: 5_000, ms: 12_000 }).phase.name).toBe(
      "waiting",
    );
  });

  it("gives up after a long wait, but not while the agent is away", () => {
    expect(driveFor(atStopLine(), RED, { fromMs: 5_000, ms: 110_000 }).phase).toEqual({
      name: "backed_out",
      cause: "gave_up",
    });
    expect(driveFor(atStopLine(), { ...RED, dark: true }, { fromMs: 5_000, ms: 110_000 }).phase.name).toBe("waiting");
  });

  it("changes his mind with the arm up, if that is his temper, but not while the agent is away", () => {
    const waiting = atStopLine({ ...TEMPER, backsOut: true });
    expect(driveFor(waiting, GREEN, { fromMs: 5_000, ms: 12_000 }).phase).toEqual({
      name: "backed_out",
      cause: "changed_mind",
    });
    expect(driveFor(waiting, { ...GREEN, dark: true }, { fromMs: 5_000, ms: 12_000 }).phase.name).toBe("through");
  });

  it("slips through behind another one, if that is his temper", () => {
    const behind = { ...GREEN, following: true };
    const tailgater = arriving({ ...TEMPER, tailgates: true }, 4.2);
    expect(driveFor(tailgater, behind, { fromMs: 0, ms: 12_000 }).phase).toEqual({ name: "through", slipped: true });
    expect(driveFor(arriving(TEMPER, 4.2), behind, { fromMs: 0, ms: 12_000 }).phase.name).toBe("waiting");
  });
});
