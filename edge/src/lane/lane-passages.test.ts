import { describe, expect, it } from "vitest";
import { Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const ends = (rig: Rig) => rig.desk.ends.map(({ movementId: id, outcome }) => [id, outcome]);

describe("passages", () => {
  it("lets an admitted vehicle pass, records it and closes behind it", async () => {
    const rig = await Rig.ready();
    expect(rig.state).toBe("idle");
    await rig.arrive("AB123");
    expect(rig.desk.requests.map((one) => one.credential.value)).toEqual(["AB123"]);
    expect(rig.state).toBe("opening");
    await rig.run(1_500);
    expect(rig.state).toBe("open");
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
    expect(rig.desk.passages).toEqual([]);
    await rig.run(3_000);
    expect(rig.state).toBe("idle");
    expect(rig.arm.height).toBe(0);
    expect(rig.judge.breaches).toEqual([]);
    expect(rig.judge.closes).toBe(1);
  });

  it("keeps a read that comes before its vehicle is on the loop", async () => {
    const rig = await Rig.ready();
    expect(rig.offer("AB123")).toBe("accepted");
    await rig.run(500);
    expect(rig.desk.requests).toEqual([]);
    rig.loop("arming", "occupied");
    await rig.run(20);
    expect(rig.desk.requests).toHaveLength(1);
  });

  it("forgets a read that is older than its life (Verifies: SAFE-27)", async () => {
    const rig = await Rig.ready();
    rig.offer("AB123");
    await rig.run(8_100);
    rig.loop("arming", "occupied");
    await rig.run(200);
    expect(rig.desk.requests).toEqual([]);
  });

  it("takes no read from the other direction (Verifies: SAFE-27)", async () => {
    const rig = await Rig.ready();
    rig.loop("arming", "occupied");
    await rig.run(20);
    expect(rig.offer("AB123", "exit")).toBe("wrong_direction");
    await rig.run(100);
    expect(rig.desk.requests).toEqual([]);
  });

  it("decides once for the repeated reads of one vehicle", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    expect(rig.offer("AB123")).toBe("duplicate");
    await rig.run(1_500);
    rig.loop("safety", "occupied");
    await rig.run(100);
    expect(rig.offer("AB123")).toBe("duplicate");
    expect(rig.desk.requests).toHaveLength(1);
  });

  it("voids the passage of a vehicle that backs out, and closes", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    rig.loop("arming", "clear");
    await rig.run(2_500);
    expect(ends(rig)).toEqual([]);
    await rig.run(1_000);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
    expect(rig.state).toBe("idle");
  });

  it("turns the light red behind a vehicle that backs out, and gives the next one its own passage", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    rig.loop("arming", "clear");
    await rig.run(600);
    expect(rig.outputs.findLast(({ output }) => output.kind === "light")?.output).toMatchObject({ green: false });
    await rig.arrive("SECOND");
    await rig.run(100);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([
      [movementId(1), "backed_out"],
      [movementId(2), "passed"],
    ]);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("does not lose a vehicle that the arming loop lost sight of for a moment", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    rig.loop("arming", "clear");
    await rig.run(200);
    rig.loop("arming", "occupied");
    await rig.run(5_000);
    expect(ends(rig)).toEqual([]);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
  });

  it("takes another plate on the loop for another vehicle, however fast it came", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ credential }) => (credential.value === "SECOND" ? { outcome: "refuse" } : {});
    await rig.arrive("FIRST");
    await rig.run(1_500);
    rig.loop("arming", "clear");
    await rig.run(200);
    await rig.arrive("SECOND");
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
    expect(rig.desk.requests.map((one) => one.credential.value)).toEqual(["FIRST", "SECOND"]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("counts a vehicle that rolls back off the safety loop as backed out", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    rig.loop("safety", "occupied");
    await rig.run(500);
    rig.loop("safety", "clear");
    await rig.run(500);
    rig.loop("arming", "clear");
    await rig.run(3_500);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("does not open when the vehicle left before the decision (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready();
    rig.loop("arming", "occupied");
    await rig.run(20);
    rig.offer("AB123");
    rig.loop("arming", "clear");
    rig.clock.advance(150);
    rig.runner.report({ kind: "inputs", inputs: { ...emptyLane, arming: "clear" } });
    await rig.run(2_000);
    expect(rig.relays("up")).toEqual([]);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
  });

  it("calls a vehicle that never drives on not seen, and takes its next read", async () => {
    const rig = await Rig.ready({ timings: { no_passage_close_ms: 5_000 } });
    await rig.arrive("AB123");
    await rig.run(5_500);
    expect(ends(rig)).toEqual([[movementId(1), "not_seen"]]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
    expect(rig.offer("AB123")).toBe("accepted");
    await rig.run(100);
    expect(rig.desk.requests).toHaveLength(2);
  });

  it("gives the next vehicle in a convoy a decision of its own while the arm stays up", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    rig.loop("safety", "occupied");
    await rig.run(200);
    rig.loop("arming", "clear");
    await rig.run(150);
    await rig.arrive("SECOND");
    rig.loop("closing", "occupied");
    await rig.run(200);
    rig.loop("safety", "clear");
    await rig.run(200);
    rig.loop("closing", "clear");
    await rig.run(200);
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([
      [movementId(1), "passed"],
      [movementId(2), "passed"],
    ]);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.desk.passages).toEqual([]);
  });

  it("sees the next vehicle though the arming loop never cleared between the two", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    rig.loop("safety", "occupied");
    await rig.run(300);
    rig.offer("SECOND");
    rig.loop("closing", "occupied");
    await rig.run(300);
    expect(rig.desk.requests).toHaveLength(1);
    rig.loop("safety", "clear");
    await rig.run(200);
    expect(rig.desk.requests.map((one) => one.credential.value)).toEqual(["FIRST", "SECOND"]);
  });

  it("records a second vehicle on one vend as tailgate and never lowers the arm on it (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready();
    await rig.arrive("FIRST");
    await rig.run(1_500);
    await rig.driveThrough();
    await rig.run(1_250);
    expect(rig.judge.closes).toBe(1);
    rig.loop("arming", "occupied");
    rig.loop("safety", "occupied");
    await rig.run(2_000);
    expect(rig.arm.height).toBe(1);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
    expect(rig.desk.passages.map((one) => one.outcome)).toEqual(["tailgated"]);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("follows an admitted vehicle under an arm whose inputs were gone for a moment", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    expect(rig.state).toBe("open");
    rig.silence();
    await rig.run(300);
    rig.loop("safety", "occupied");
    rig.restoreFeed();
    await rig.run(50);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("raises no alarm for an arm that goes up by an open that crossed a moment without inputs", async () => {
    const rig = await Rig.ready();
    rig.loop("arming", "occupied");
    await rig.run(20);
    rig.offer("AB123");
    // The desk answers, the open is under way to the guard, and the guard's reports of that moment are on their way here.
    for (let turns = 0; turns < 8; turns++) await Promise.resolve();
    const seen = { ...emptyLane, arming: "occupied" } as const;
    rig.runner.report({ kind: "inputs", inputs: { ...seen, position: "unknown", hazard: "position" } });
    rig.runner.report({ kind: "inputs", inputs: { ...seen, position: "down", hazard: null } });
    expect(ends(rig)).toEqual([[movementId(1), "not_seen"]]);
    await rig.run(1_500);
    expect(rig.state).toBe("open");
    expect(rig.alarms).toEqual([]);
    expect(rig.judge.breaches).toEqual([]);
  });

  it("asks the desk again for a refused vehicle at most once a second", async () => {
    const rig = await Rig.ready();
    rig.desk.script = () => ({ outcome: "refuse", displayKey: "entry.full" });
    await rig.arrive("AB123");
    for (let i = 0; i < 30; i++) {
      rig.offer("AB123");
      await rig.run(100);
    }
    expect(rig.desk.requests).toHaveLength(3);
    expect(rig.relays("up")).toEqual([]);
    rig.loop("arming", "clear");
    await rig.run(200);
    expect(rig.desk.requests.map((one) => one.again)).toEqual([null, movementId(1), movementId(1)]);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
  });
});

const emptyLane = {
  safety: "clear",
  closing: "clear",
  position: "down",
  fire: false,
  hazard: null,
  blocked: null,
  keySwitch: false,
  cabinetOpen: false,
} as const;
