import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Rig, type RigOptions } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

const FAIL_LIMIT_MS = 5_000;
const due = { amountMinor: 450, currency: "EUR" };
const askPay = { outcome: "ask", ask: "pay", due, sessionId: movementId(99), displayKey: "exit.pay" } as const;

const requestOf = (rig: Rig): string => {
  const asked = rig.outputs.flatMap(({ output }) =>
    output.kind === "terminal" && output.active ? [output.request_id] : [],
  );
  return asked.at(-1) ?? "none";
};

async function exitWith(script: Rig["desk"]["script"], options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.ready({ direction: "exit", ...options });
  rig.desk.script = script;
  await rig.arrive("AB123");
  return rig;
}

describe("an exit without a decision", () => {
  it.each(["fail", "hang"] as const)("opens within 5 s when the store does %s (Verifies: SAFE-18)", async (how) => {
    const rig = await exitWith(() => how);
    const at = rig.clock.mono();
    await rig.run(FAIL_LIMIT_MS);
    expect(rig.relays("up")[0]).toBeLessThanOrEqual(at + FAIL_LIMIT_MS);
    expect(rig.ledger.open).toBe(1);
    expect(rig.journal.entries.some((one) => one.kind === "lane.fail_policy")).toBe(true);
    expect(rig.runner.snapshot().alarms).toContain("decision_failed");
    expect(rig.told).toContainEqual(expect.objectContaining({ type: "alarm.raised", code: "decision_failed" }));
  });

  it("opens when the payment terminal can't be reached (Verifies: SAFE-18)", async () => {
    const rig = await Rig.ready({ direction: "exit", timings: { fresh_ms: 1_000 } });
    rig.desk.script = () => askPay;
    rig.loop("arming", "occupied");
    rig.silence();
    rig.offer("AB123");
    await rig.run(50);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.ledger.open).toBe(1);
  });

  it("calls the operator where the lot wants that", async () => {
    const rig = await exitWith(() => "fail", { fail: { entry: "closed", exit: "ask_operator" } });
    expect(rig.relays("up")).toEqual([]);
    expect(rig.runner.snapshot().display).toMatch(/calling for help/);
  });

  it("books what is owed when the store works again, once, with the time of the passage (Verifies: SAFE-18)", async () => {
    const rig = await exitWith(() => "fail");
    await rig.run(1_500);
    await rig.driveThrough();
    const passedAt = rig.clock.wall();
    await rig.ledger.book();
    expect(rig.ledger.open).toBe(1);
    rig.desk.script = () => ({});
    await rig.run(20_000);
    await rig.ledger.book();
    await rig.ledger.book();
    expect(rig.ledger.open).toBe(0);
    expect(rig.desk.requests.at(-1)?.override).toMatchObject({ reason: "store_failed", letGoAt: expect.any(Number) });
    expect(rig.desk.ends).toHaveLength(1);
    expect(rig.desk.ends[0]?.outcome).toBe("passed");
    expect(Math.abs((rig.desk.ends[0]?.endedAt ?? 0) - passedAt)).toBeLessThan(1_000);
  });

  it("keeps what is owed over a restart (Verifies: SAFE-18)", async () => {
    const fallbackFile = join(await mkdtemp(join(tmpdir(), "gatehouse-")), "deep", "fail-open.ndjson");
    const before = new Rig({ direction: "exit", fallbackFile });
    await before.ledger.run();
    before.tellAll();
    await before.run(1_000);
    before.desk.script = () => "fail";
    await before.arrive("AB123");
    await before.ledger.stop();
    expect(await readFile(fallbackFile, "utf8")).toContain("AB123");
    const after = new Rig({ direction: "exit", fallbackFile });
    await after.ledger.run();
    await after.ledger.book();
    expect(after.desk.requests.map((one) => one.credential.value)).toEqual(["AB123"]);
    expect(after.desk.ends.map((one) => one.outcome)).toEqual(["not_seen"]);
    await after.ledger.stop();
    const third = new Rig({ direction: "exit", fallbackFile });
    await third.ledger.run();
    expect(third.ledger.open).toBe(0);
    await third.ledger.stop();
  });

  it("adopts a decision that comes late, and owes nothing then", async () => {
    const rig = await Rig.ready({ direction: "exit" });
    const late: (() => void)[] = [];
    const { decide } = rig.desk;
    rig.desk.decide = async (request) => {
      await new Promise<void>((resolve) => late.push(resolve));
      return decide.call(rig.desk, request);
    };
    await rig.arrive("AB123");
    await rig.run(4_500);
    expect(rig.state).toBe("open");
    for (const arrive of late) arrive();
    await rig.run(20);
    await rig.driveThrough();
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
    expect(rig.ledger.open).toBe(0);
  });
});

describe("an entry without a decision", () => {
  it("stays closed, says why, and decides when the store works again", async () => {
    const rig = await Rig.ready();
    rig.desk.broken = true;
    await rig.arrive("AB123");
    await rig.run(3_000);
    expect(rig.relays("up")).toEqual([]);
    expect(rig.runner.snapshot().display).toMatch(/no entry/);
    rig.desk.broken = false;
    await rig.run(1_200);
    expect(rig.relays("up")).toHaveLength(1);
    expect(rig.runner.snapshot().alarms).toEqual([]);
  });
});

describe("a close", () => {
  it("is not sent while its record can't be made durable, and is tried anew (Verifies: SAFE-20)", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    rig.journal.broken = true;
    await rig.driveThrough();
    await rig.run(6_000);
    expect(rig.relays("down")).toEqual([]);
    expect(rig.runner.snapshot().alarms).toEqual(["store_failed"]);
    rig.journal.broken = false;
    await rig.run(4_000);
    expect(rig.arm.height).toBe(0);
    expect(rig.runner.snapshot().alarms).toEqual([]);
  });

  it("has its record in the journal before the relay moves (Verifies: SAFE-20)", async () => {
    const rig = await Rig.ready();
    let release: () => void = () => {};
    rig.journal.append = (entry) =>
      new Promise((resolve) => {
        release = () => {
          rig.journal.entries.push(entry);
          resolve();
        };
      });
    await rig.arrive("AB123");
    await rig.run(1_500);
    await rig.driveThrough();
    await rig.run(4_000);
    expect(rig.relays("down")).toEqual([]);
    release();
    await rig.run(100);
    expect(rig.relays("down")).toHaveLength(1);
  });

  it("an open needs no record: a broken journal keeps no gate shut (Verifies: SAFE-20)", async () => {
    const rig = await Rig.ready();
    rig.journal.broken = true;
    rig.journal.note = () => {
      throw new Error("disk full");
    };
    await rig.arrive("AB123");
    expect(rig.relays("up")).toHaveLength(1);
  });
});

describe("an arm that has made its cycles of the hour", () => {
  const tooMany = (rig: Rig): number =>
    rig.journal.entries.filter((one) => one.kind === "guard.vetoed" && JSON.stringify(one).includes("too_many_cycles"))
      .length;

  it("is not asked to close until the hour has room, tells of it once, and then closes (Verifies: SAFE-23)", async () => {
    const rig = await Rig.ready({ protection: { cycles_an_hour: 10 }, timings: { close_delay_ms: 0 } });
    for (let nth = 0; nth < 11; nth++) {
      await rig.arrive(`AB${nth}`);
      await rig.run(1_500);
      await rig.driveThrough();
      await rig.run(2_500);
    }
    expect(rig.arm.height).toBe(1);
    const closes = rig.relays("down").length;
    expect([closes, tooMany(rig)]).toEqual([10, 1]);
    await rig.run(60_000);
    expect(tooMany(rig)).toBe(1);
    expect(rig.told.filter((one) => "code" in one && one.code === "too_many_cycles")).toHaveLength(1);
    await rig.arrive("CD456");
    await rig.run(500);
    await rig.driveThrough();
    await rig.run(2_000);
    expect(tooMany(rig)).toBe(2);
    rig.silence();
    rig.clock.advance(3_600_000 - 120_000);
    rig.restoreFeed();
    await rig.run(90_000);
    expect(rig.relays("down").length).toBe(closes + 1);
    expect(rig.arm.height).toBe(0);
  }, 30_000);
});

describe("a movement's end", () => {
  it("is told again when the store did not take it", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    rig.desk.broken = true;
    await rig.driveThrough();
    expect(rig.desk.ends).toEqual([]);
    rig.desk.broken = false;
    await rig.ledger.book();
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
  });
});

describe("payment at the exit", () => {
  it("opens after an approved payment, also when the first card was declined", async () => {
    const rig = await exitWith(() => askPay);
    expect(rig.state).toBe("awaiting_payment");
    expect(rig.runner.snapshot().display).toBe("Please pay: €4.50");
    rig.pay(requestOf(rig), "declined");
    await rig.run(50);
    expect(rig.relays("up")).toEqual([]);
    rig.pay(requestOf(rig), "approved");
    await rig.run(50);
    expect(rig.desk.payments).toMatchObject([
      { movementId: movementId(1), amount: due, method: "credit_card", reference: "R1" },
    ]);
    expect(rig.relays("up")).toHaveLength(1);
    await rig.run(1_500);
    await rig.driveThrough();
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
  });

  it("takes the request back when the vehicle backs out", async () => {
    const rig = await exitWith(() => askPay);
    rig.loop("arming", "clear");
    await rig.run(200);
    expect(rig.outputs.some(({ output }) => output.kind === "terminal" && !output.active)).toBe(true);
    expect(rig.desk.ends).toMatchObject([{ outcome: "backed_out" }]);
  });

  it("stops waiting after its time and calls the operator", async () => {
    const rig = await exitWith(() => askPay, { timings: { payment_max_ms: 10_000 } });
    await rig.run(10_500);
    expect(rig.state).toBe("armed");
    expect(rig.runner.snapshot().display).toMatch(/calling for help/);
    rig.pay(requestOf(rig), "approved");
    await rig.run(50);
    expect(rig.journal.entries.some((one) => one.kind === "lane.refused")).toBe(true);
  });

  it("lets go within 5 s when the booking of a taken payment hangs (Verifies: SAFE-18)", async () => {
    const rig = await exitWith(() => askPay);
    rig.desk.paid = () => new Promise(() => {});
    const at = rig.clock.mono();
    rig.pay(requestOf(rig), "approved");
    await rig.run(FAIL_LIMIT_MS);
    expect(rig.relays("up")[0]).toBeLessThanOrEqual(at + FAIL_LIMIT_MS);
    await rig.driveThrough();
    await rig.ledger.book();
    expect(rig.ledger.open).toBe(1);
  });

  it("lets go and keeps the money's record when a taken payment can't be booked (Verifies: SAFE-18)", async () => {
    const rig = await exitWith(() => askPay);
    rig.desk.broken = true;
    rig.pay(requestOf(rig), "approved");
    await rig.run(1_500);
    expect(rig.relays("up")).toHaveLength(1);
    await rig.driveThrough();
    rig.desk.broken = false;
    await rig.ledger.book();
    expect(rig.desk.payments.at(-1)).toMatchObject({ reference: "R1", amount: due });
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
    expect(rig.ledger.open).toBe(0);
  });
});
