import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionRequest, LaneDecision } from "../decision/decision-desk.ts";
import { Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const ends = (rig: Rig) => rig.desk.ends.map(({ movementId: id, outcome }) => [id, outcome]);

/** Holds the desk's answers back until the test lets them go, in the order of the requests. */
function holdBack(rig: Rig): { readonly next: () => Promise<void>; readonly waiting: () => number } {
  const held: (() => void)[] = [];
  const { decide } = rig.desk;
  rig.desk.decide = async (request: DecisionRequest): Promise<LaneDecision> => {
    await new Promise<void>((resolve) => held.push(resolve));
    return decide.call(rig.desk, request);
  };
  const next = async (): Promise<void> => {
    held.shift()?.();
    await rig.run(20);
  };
  return { next, waiting: () => held.length };
}

describe("a vehicle that asks again", () => {
  it("is decided on under its own movement, by plate and then by what its driver shows", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ credential }) => (credential.kind === "qr" ? {} : { outcome: "ask", ask: "qr" });
    await rig.arrive("AB123");
    await rig.run(1_100);
    rig.tellPeripheral({ kind: "scan", medium: "qr", code: "GUEST" });
    await rig.run(50);
    expect(rig.desk.requests.map(({ credential, again }) => [credential.value, again])).toEqual([
      ["AB123", null],
      ["GUEST", movementId(1)],
    ]);
    expect(rig.relays("up")).toHaveLength(1);
    await rig.run(1_500);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
  });

  it("is opened for by a hand under its own movement, also while the desk is at work", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ override }) => (override ? {} : { outcome: "refuse" });
    const desk = holdBack(rig);
    await rig.arrive("AB123");
    const answer = rig.command("open");
    await desk.next();
    expect(rig.relays("up")).toEqual([]);
    await desk.next();
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.desk.requests.map(({ again }) => again)).toEqual([null, movementId(1)]);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("gets the answer that comes late, and no second question meanwhile", async () => {
    const rig = await Rig.ready();
    const desk = holdBack(rig);
    await rig.arrive("AB123");
    await rig.run(4_000);
    expect(rig.runner.snapshot().display).toMatch(/no entry/);
    expect(desk.waiting()).toBe(1);
    await desk.next();
    expect(rig.relays("up")).toHaveLength(1);
    await rig.run(1_500);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
  });

  it("that left before the late answer has its movement ended only then", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ again }) => (again ? {} : { outcome: "refuse" });
    await rig.arrive("AB123");
    const desk = holdBack(rig);
    await rig.run(1_100);
    rig.offer("AB123");
    await rig.run(3_500);
    rig.loop("arming", "clear");
    await rig.run(300);
    expect(ends(rig)).toEqual([]);
    await desk.next();
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
    expect(rig.relays("up")).toEqual([]);
  });
});

describe("the plate of the vehicle behind (Verifies: SAFE-27)", () => {
  it("does not open for a refused one that stands there, and counts when its own vehicle comes", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ credential }) => (credential.value === "STAFF1" ? {} : { outcome: "refuse" });
    await rig.arrive("AB123");
    for (let look = 0; look < 3; look++) {
      rig.offer("STAFF1");
      await rig.run(1_200);
    }
    expect(rig.relays("up")).toEqual([]);
    rig.loop("arming", "clear");
    await rig.run(300);
    rig.offer("STAFF1");
    rig.loop("arming", "occupied");
    await rig.run(50);
    expect(rig.desk.requests.map(({ credential }) => credential.value)).toEqual(["AB123", "STAFF1"]);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("is told from a better read of the same plate, and from a read that the desk asked for", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ credential }) =>
      credential.value === "AB1230" ? {} : { outcome: "ask", ask: credential.value === "X1" ? "retry_read" : "ticket" };
    await rig.arrive("X1");
    await rig.run(1_100);
    rig.offer("AB123O");
    await rig.run(1_100);
    rig.offer("AB1230");
    await rig.run(50);
    expect(rig.desk.requests.map(({ credential }) => credential.value)).toEqual(["X1", "AB123O", "AB1230"]);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("is not a better read of the vehicle in front, however late that comes", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB1234");
    await rig.run(300);
    expect(rig.offer("AB12345")).toBe("duplicate");
    await rig.driveThrough();
    expect(rig.offer("AB12345")).toBe("duplicate");
    rig.loop("arming", "occupied");
    await rig.run(1_200);
    expect(rig.desk.requests.map(({ credential }) => credential.value)).toEqual(["AB1234"]);
  });

  it("neither a stale read nor one without a vehicle on a loop that is seen decides anything", async () => {
    const rig = await Rig.ready();
    rig.offer("AB123");
    rig.loop("arming", "fault");
    await rig.run(300);
    rig.offer("AB123");
    await rig.run(300);
    expect(rig.desk.requests).toEqual([]);
  });
});

type Turn = "read" | "scan" | "leave" | "come" | "drive" | "answer" | "refuse" | "fail" | "open" | "wait";

it("each movement ends once, whatever comes when, and none is left open", async () => {
  const turn = fc.constantFrom<Turn>(
    ...(["read", "scan", "leave", "come", "drive", "answer", "answer", "refuse", "fail", "open", "wait"] as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("entry" as const, "exit" as const),
      fc.array(turn, { minLength: 8, maxLength: 30 }),
      async (direction, turns) => {
        const rig = await Rig.ready({ direction, timings: { no_passage_close_ms: 5_000 } });
        const desk = holdBack(rig);
        for (const one of turns) await perform(rig, desk, one);
        rig.desk.script = () => ({ outcome: "refuse" });
        for (const loop of ["safety", "closing", "arming"] as const) rig.loop(loop, "clear");
        await rig.run(6_000);
        while (desk.waiting() > 0) await desk.next();
        await rig.run(9_000);
        while (desk.waiting() > 0) await desk.next();
        rig.desk.decide = async (request) => ({ ...LATE, movementId: request.again ?? `late-${++booked}` });
        await rig.ledger.book();
        const made = new Set(rig.desk.made);
        const ended = rig.desk.ends.map((one) => one.movementId).filter((id) => !id.startsWith("late-"));
        expect(ended.toSorted()).toEqual([...made].toSorted());
        expect(rig.ledger.open).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

let booked = 0;
const LATE = {
  outcome: "admit",
  ask: null,
  reasons: ["fail_open"],
  displayKey: "exit.goodbye",
  sessionId: null,
  plate: null,
  due: null,
} as const;

async function perform(rig: Rig, desk: ReturnType<typeof holdBack>, one: Turn): Promise<void> {
  switch (one) {
    case "read":
      rig.offer("AB123");
      return rig.run(1_100);
    case "scan":
      rig.tellPeripheral({ kind: "scan", medium: "qr", code: "GUEST" });
      return rig.run(1_100);
    case "leave":
    case "come":
      rig.loop("arming", one === "come" ? "occupied" : "clear");
      return rig.run(300);
    case "drive":
      return rig.driveThrough();
    case "answer":
    case "refuse":
    case "fail":
      rig.desk.script = () => (one === "answer" ? {} : one === "refuse" ? { outcome: "refuse" } : "fail");
      return desk.next();
    case "open":
      void rig.command("open");
      return rig.run(100);
    case "wait":
      return rig.run(2_500);
  }
}
