import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createDecisionDesk } from "@gatehouse/edge/decision/desk.ts";
import { loadReplica, lotItem, samplePolicy, tariffItem } from "@gatehouse/edge/decision/testing/lot-sample.ts";
import { databasePath } from "@gatehouse/edge/store/open-database.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { type Clock, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManagedProcess } from "../../../scripts/system/managed-process.ts";
import { ZvtTerminalDevice } from "../devices/zvt-terminal.ts";
import { exampleSite } from "./faults-agent.ts";
import { LaneStage } from "./faults-lane.ts";

/*
 * An agent that is killed with a payment under way, as a process of its own with a payment terminal at its exit. Whatever
 * the moment: money that the terminal took is in the books once, and nobody pays twice.
 */

const clock = systemClock();
const LOG = { info: () => {}, warn: () => {}, error: () => {} };
const PLATE = "BAB1234";
/** Three hours at the sample tariff, begun so that the fourth hour does not begin in the test. */
const STAYED_MS = 2.5 * HOUR_MS;
const DUE = 600;
const SLOW = { timeout: 30_000, interval: 20 };

const root = mkdtempSync(join(tmpdir(), "gatehouse-paykill-"));
let tests = 0;
let agent: ManagedProcess;
let stage: LaneStage;
let dataDir: string;
let logFile: string;
let device: ZvtTerminalDevice;

beforeEach(() => {
  device = new ZvtTerminalDevice();
  // A terminal that has never taken anything has no receipt that could tell one payment from none.
  device.paid.push({ trace: 4_711, amountMinor: 100 });
});
afterEach(async () => {
  await stage.stop();
  await agent.stop();
  await device.stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Booked {
  readonly reference: string;
  readonly amount_minor: number;
}

/** An agent with a vehicle that has been in the lot, standing at the exit, and a terminal that asks it for money. */
async function askedToPay(terminal: object | null): Promise<void> {
  const directory = join(root, String(++tests));
  dataDir = join(directory, "data");
  logFile = join(directory, "agent.log");
  const [siteFile, ioSocket] = [join(directory, "site.yaml"), join(directory, "io.sock")];
  mkdirSync(dataDir, { recursive: true });
  const example = await exampleSite();
  const lanes = example.lanes
    .filter(({ code }) => code === "out-1")
    .map((lane) => ({ ...lane, cameras: [], peripherals: terminal === null ? {} : { terminal } }));
  const site = siteSchema.parse({ ...example, lanes });
  writeFileSync(siteFile, JSON.stringify(site));
  await enterBefore(site, dataDir);
  const command = [join(import.meta.dirname, "payment-lanes.ts"), siteFile, dataDir, ioSocket, PLATE];
  agent = new ManagedProcess({ name: "lanes", command, env: {}, logFile, clock });
  stage = new LaneStage({ lane: "out-1", ioSocket, clock });
  await agent.start();
  await stage.run();
  if (terminal !== null) await expect.poll(() => device.isIdle, SLOW).toBe(true);
  await stage.arrive();
}

const exit = () => stage;
const zvt = async () => ({ driver: "zvt", host: "127.0.0.1", port: await device.listen() });

/** Somebody with this plate drove in some hours ago. */
async function enterBefore(site: Site, dataDir: string): Promise<void> {
  const newId = uuidv7Source(clock, systemRandom);
  const earlier: Clock = { ...clock, mono: () => clock.mono(), wall: () => wallMs(Date.now() - STAYED_MS) };
  const store = openStore({ directory: dataDir, clock: earlier, newId, clockQuality: () => "synced", log: LOG });
  const lanes = (await exampleSite()).lanes.map(({ id, code }) => ({
    lane_id: id,
    code,
    name: code,
    direction: code === "in-1" ? ("entry" as const) : ("exit" as const),
    area: null,
    outer_area: null,
  }));
  await loadReplica(store, [lotItem(samplePolicy({ lot_id: site.lot_id, lanes })), tariffItem()]);
  const surroundings = { store, site, newId, clock: earlier, log: LOG };
  const desk = createDecisionDesk({ ...surroundings, linkState: () => "cloud_down", clockQuality: () => "synced" });
  const laneId = lanes[0]?.lane_id ?? "";
  const credential = { kind: "plate", value: PLATE } as const;
  const { movementId, outcome } = await desk.decide({
    laneId,
    direction: "entry",
    credential,
    read: null,
    override: null,
  });
  expect(outcome).toBe("admit");
  await desk.finish({ movementId, outcome: "passed", endedAt: earlier.wall() });
  await store.close();
}

const keptFile = () => join(dataDir, "fallback", "asked-payments.ndjson");
const kept = (): string => readFileSync(keptFile(), "utf8").trim();

function booked(): readonly Booked[] {
  const db = new DatabaseSync(databasePath(dataDir), { readOnly: true });
  try {
    return db.prepare("SELECT reference, amount_minor FROM payments").all() as unknown as Booked[];
  } finally {
    db.close();
  }
}

async function startAgain(): Promise<void> {
  await agent.start();
  await expect.poll(() => kept(), SLOW).toBe("");
}

/** It is let out, and was not asked again. */
async function leavesPaid(): Promise<void> {
  await exit().pass();
  expect(device.asked).toBeNull();
  expectOnePayment();
}

function expectOnePayment(): void {
  expect(device.paid.slice(1)).toEqual([{ trace: 4_712, amountMinor: DUE }]);
  expect(booked()).toEqual([{ reference: "ZVT-68012345-4712-2", amount_minor: DUE }]);
}

describe("an agent that is killed", () => {
  it("before the terminal knew of the payment asks for it once more", async () => {
    await askedToPay(await zvt());
    await exit().until(() => device.asked !== null, "payment asked for");
    expect(device.asked).toEqual({ amountMinor: DUE, currency: "EUR" });
    expect(kept()).toContain('"mark":"68012345:4711"');
    await agent.killHard();
    // What is on the disk and in the terminal is the same as a moment before it was asked.
    device.asked = null;
    await startAgain();
    await exit().until(() => device.asked !== null, "payment asked for");
    device.present("good");
    await exit().pass();
    expectOnePayment();
  });

  it("while the driver pays books the payment at its next start", async () => {
    await askedToPay(await zvt());
    await exit().until(() => device.asked !== null, "payment asked for");
    await agent.killHard();
    device.present("good");
    await startAgain();
    expectOnePayment();
    await leavesPaid();
  });

  it("after the approval, before it is booked, books it once", async () => {
    await askedToPay(await zvt());
    await exit().until(() => device.asked !== null, "payment asked for");
    const lock = new DatabaseSync(databasePath(dataDir));
    lock.exec("BEGIN IMMEDIATE");
    device.present("good");
    await expect.poll(() => kept(), SLOW).toContain('"approval":{"reference":"ZVT-');
    await agent.killHard();
    lock.exec("ROLLBACK");
    lock.close();
    expect(booked()).toEqual([]);
    await startAgain();
    expectOnePayment();
    await leavesPaid();
  });

  it("after the booking, before the payment is crossed off, books no second one and lets the vehicle out", async () => {
    await askedToPay(await zvt());
    await exit().until(() => device.asked !== null, "payment asked for");
    const asked = kept();
    device.present("good");
    await expect.poll(() => booked().length, SLOW).toBe(1);
    await agent.killHard();
    writeFileSync(keptFile(), `${asked}\n`);
    await startAgain();
    expectOnePayment();
    await leavesPaid();
  });

  it("raises an alarm and asks nobody twice when the terminal does not tell what was paid, also not after another kill", async () => {
    await askedToPay(await zvt());
    await exit().until(() => device.asked !== null, "payment asked for");
    await agent.killHard();
    device.present("good");
    device.forgetful = true;
    await startAgain();
    await expect.poll(() => readFileSync(logFile, "utf8"), SLOW).toContain('"alarm":"payment_unclear"');
    await expect.poll(() => kept(), SLOW).toBe("");
    await agent.killHard();
    await startAgain();
    await exit().pass();
    expect([device.asked, device.paid.length, booked().length]).toEqual([null, 2, 0]);
  });

  it("raises an alarm for a simulated terminal, which can't be asked", async () => {
    await askedToPay(null);
    await exit().until(() => exit().heard.some((one) => one.kind === "terminal" && one.active), "payment asked for");
    await agent.killHard();
    exit().heard.length = 0;
    await startAgain();
    await expect.poll(() => readFileSync(logFile, "utf8"), SLOW).toContain('"alarm":"payment_unclear"');
    await exit().pass();
    expect(exit().heard.filter((one) => one.kind === "terminal" && one.active)).toEqual([]);
  });
});
