import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const ends = (rig: Rig) => rig.desk.ends.map(({ movementId: id, outcome }) => [id, outcome]);

const lastJob = (rig: Rig): string => {
  const jobs = rig.outputs.flatMap(({ output }) => (output.kind === "ticket" ? [output.job_id] : []));
  return jobs.at(-1) ?? "none";
};

async function ticketLane(onFailure: "closed" | "plate" = "closed", options: RigOptions = {}): Promise<Rig> {
  const site = { peripherals: { printer: { driver: "sim" } }, without_ticket: onFailure };
  const rig = await Rig.ready({ site, ...options });
  rig.tellPeripheral({ kind: "printer", state: "ready" });
  rig.desk.script = ({ credential, override }) =>
    credential.kind === "ticket" || override ? {} : { outcome: "ask", ask: "ticket" };
  await rig.arrive("AB123");
  await rig.run(1_100);
  return rig;
}

async function press(rig: Rig): Promise<void> {
  rig.tellPeripheral({ kind: "press", name: "ticket" });
  await rig.run(50);
}

describe("a lane with a ticket printer", () => {
  it("prints for the movement that the plate began, and opens when the ticket is taken", async () => {
    const rig = await ticketLane();
    await press(rig);
    expect(rig.desk.requests.map(({ credential, again }) => [credential.kind, again])).toEqual([
      ["plate", null],
      ["ticket", movementId(1)],
    ]);
    expect(rig.relays("up")).toEqual([]);
    rig.tellPeripheral({ kind: "ticket", job_id: lastJob(rig), result: "presented" });
    await rig.run(50);
    expect(rig.relays("up")).toEqual([]);
    rig.tellPeripheral({ kind: "ticket", job_id: lastJob(rig), result: "taken" });
    await rig.run(1_500);
    await rig.driveThrough();
    expect(ends(rig)).toEqual([[movementId(1), "passed"]]);
  });

  it("voids the movement when nothing comes out, stays closed and says why", async () => {
    const rig = await ticketLane();
    await press(rig);
    rig.tellPeripheral({ kind: "ticket", job_id: lastJob(rig), result: "failed" });
    await rig.run(1_500);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.runner.snapshot()).toMatchObject({ display: "Sorry, no ticket can be printed" });
    expect(rig.runner.snapshot().alarms).toContain("no_ticket");
  });

  it("takes the plate in place of the ticket where the site allows it", async () => {
    const rig = await ticketLane("plate");
    rig.tellPeripheral({ kind: "printer", state: "paper_out" });
    await rig.run(50);
    await press(rig);
    expect(rig.desk.requests.at(-1)).toMatchObject({
      credential: { kind: "plate", value: "AB123" },
      override: { actor: "ticket policy" },
      again: movementId(1),
    });
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("does so for nobody that the desk has refused", async () => {
    const rig = await ticketLane("plate");
    rig.desk.script = () => ({ outcome: "refuse" });
    rig.offer("AB123");
    await rig.run(50);
    rig.tellPeripheral({ kind: "printer", state: "jammed" });
    await rig.run(50);
    await press(rig);
    await rig.run(2_000);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.desk.requests.every(({ override }) => override === null)).toBe(true);
  });

  it("ends the movement of a driver who leaves the ticket hanging", async () => {
    const rig = await ticketLane();
    await press(rig);
    rig.tellPeripheral({ kind: "ticket", job_id: lastJob(rig), result: "presented" });
    rig.loop("arming", "clear");
    await rig.run(300);
    expect(ends(rig)).toEqual([[movementId(1), "backed_out"]]);
  });
});

describe("an exit", () => {
  it("asks the desk for a lost ticket, under the vehicle's movement", async () => {
    const rig = await Rig.ready({ direction: "exit" });
    rig.desk.script = ({ lostTicket }) => (lostTicket ? {} : { outcome: "ask", ask: "ticket" });
    expect(await rig.command("lost_ticket")).toMatchObject({ ok: false });
    await rig.arrive("AB123");
    expect(await rig.command("lost_ticket")).toMatchObject({ ok: true });
    await rig.run(50);
    expect(rig.desk.requests.at(-1)).toMatchObject({ lostTicket: true, again: movementId(1) });
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("calls an operator when the desk asks for one, and hangs up when it is solved", async () => {
    const rig = await Rig.ready({ direction: "exit" });
    rig.desk.script = ({ override }) => (override ? {} : { outcome: "ask", ask: "operator" });
    await rig.arrive("AB123");
    await rig.run(3_000);
    rig.offer("AB123");
    await rig.run(50);
    const calls = () => rig.outputs.flatMap(({ output }) => (output.kind === "intercom" ? [output.state] : []));
    expect(calls()).toEqual(["calling"]);
    await Promise.all([rig.command("open"), rig.run(50)]);
    await rig.run(50);
    expect(calls()).toEqual(["calling", "ended"]);
  });

  it("takes a validation that is shown in place of the payment", async () => {
    const due = { amountMinor: 450, currency: "EUR" };
    const rig = await Rig.ready({ direction: "exit" });
    rig.desk.script = ({ credential }) =>
      credential.kind === "qr" ? {} : { outcome: "ask", ask: "pay", due, sessionId: movementId(99) };
    await rig.arrive("AB123");
    rig.tellPeripheral({ kind: "scan", medium: "qr", code: "SHOP" });
    await rig.run(50);
    expect(rig.outputs.some(({ output }) => output.kind === "terminal" && !output.active)).toBe(true);
    expect(rig.relays("up")).toHaveLength(1);
  });
});

describe("an exit that reads nothing (Verifies: SAFE-18)", () => {
  it("asks for a ticket, then opens within 5 s with a debt, once for the same stand", async () => {
    const rig = await Rig.ready({ direction: "exit", timings: { no_passage_close_ms: 5_000 } });
    rig.loop("arming", "occupied");
    const at = rig.clock.mono();
    await rig.run(2_200);
    expect(rig.runner.snapshot().display).toBe("Please show your ticket");
    await rig.run(2_800);
    expect(rig.relays("up")[0]).toBeLessThanOrEqual(at + 5_000);
    expect(rig.ledger.open).toBe(1);
    await rig.run(20_000);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.arm.height).toBe(0);
  });

  it("waits for a ticket where the site has a reader for it", async () => {
    const rig = await Rig.ready({ direction: "exit", site: { without_read: "ask" } });
    rig.loop("arming", "occupied");
    await rig.run(8_000);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.runner.snapshot().display).toBe("Please show your ticket");
  });
});
