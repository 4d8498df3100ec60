import { describe, expect, it } from "vitest";
import { Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const ends = (rig: Rig) => rig.desk.ends.map(({ movementId: id, outcome }) => [id, outcome]);

type Step = readonly ["arming" | "safety" | "closing", "occupied" | "clear"];

async function edges(rig: Rig, steps: readonly Step[]): Promise<void> {
  for (const [loop, signal] of steps) {
    rig.loop(loop, signal);
    await rig.run(250);
  }
}

/** The first vehicle is admitted and covers the safety loop; the second has come onto the arming loop behind it. */
async function twoBumperToBumper(second: "admit" | "refuse"): Promise<Rig> {
  const rig = await Rig.ready();
  rig.desk.script = ({ credential }) => ({ outcome: credential.value === "SECOND" ? second : "admit" });
  await rig.arrive("FIRST");
  await rig.run(1_500);
  await edges(rig, [
    ["safety", "occupied"],
    ["arming", "clear"],
    ["arming", "occupied"],
  ]);
  rig.offer("SECOND");
  await rig.run(50);
  return rig;
}

const THROUGH: readonly Step[] = [
  ["closing", "occupied"],
  ["arming", "clear"],
  ["closing", "clear"],
  ["closing", "occupied"],
  ["safety", "clear"],
  ["closing", "clear"],
];

describe("two vehicles without a gap on the safety loop", () => {
  it("are two passages when each was admitted: a convoy under one raised arm (Verifies: SAFE-25)", async () => {
    const rig = await twoBumperToBumper("admit");
    await edges(rig, THROUGH);
    expect(ends(rig)).toEqual([
      [movementId(1), "passed"],
      [movementId(2), "passed"],
    ]);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.desk.passages).toEqual([]);
  });

  it("are a passage and a tailgate when the second was refused (Verifies: SAFE-25)", async () => {
    const rig = await twoBumperToBumper("refuse");
    await edges(rig, THROUGH);
    expect(ends(rig)).toEqual([
      [movementId(1), "passed"],
      [movementId(2), "tailgated"],
    ]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("leave it open whether the second passed when no edge tells it", async () => {
    const rig = await twoBumperToBumper("admit");
    await edges(rig, [
      ["closing", "occupied"],
      ["arming", "clear"],
      ["safety", "clear"],
      ["closing", "clear"],
    ]);
    expect(ends(rig)).toEqual([
      [movementId(2), "not_seen"],
      [movementId(1), "passed"],
    ]);
  });
});

describe("one vehicle", () => {
  it("that rolls back off the closing loop and out of the lane has backed out", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    await edges(rig, [
      ["safety", "occupied"],
      ["closing", "occupied"],
      ["closing", "clear"],
      ["safety", "clear"],
      ["arming", "clear"],
    ]);
    await rig.run(3_500);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
  });

  it("that the closing loop missed can't have left backwards over a clear arming loop", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    await edges(rig, [
      ["safety", "occupied"],
      ["arming", "clear"],
      ["safety", "clear"],
    ]);
    await rig.run(3_500);
    expect(ends(rig)).toEqual([[movementId(1), "not_seen"]]);
  });
});

describe("two vehicles without a gap on the closing loop", () => {
  it("are both through when it clears", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    await edges(rig, [
      ["safety", "occupied"],
      ["arming", "clear"],
    ]);
    await rig.arrive("SECOND");
    await edges(rig, [
      ["closing", "occupied"],
      ["safety", "clear"],
      ["safety", "occupied"],
      ["arming", "clear"],
      ["safety", "clear"],
      ["closing", "clear"],
    ]);
    expect(ends(rig)).toEqual([
      [movementId(1), "passed"],
      [movementId(2), "passed"],
    ]);
  });
});
