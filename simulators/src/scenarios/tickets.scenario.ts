import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSite } from "@gatehouse/edge/agent/config.ts";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LoneAgent, loneAgent } from "./faults-agent.ts";
import type { LaneStage } from "./faults-lane.ts";

/*
 * A ticket's way through one agent: button, printer, entry, scanner, exit. A real process with simulated devices and a
 * store of its own; no cloud.
 */

const EXAMPLE = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "sites", "example.yaml");
const clock = systemClock();
const directory = mkdtempSync(join(tmpdir(), "gatehouse-tickets-"));
let agent: LoneAgent;

interface SessionLine {
  readonly plate: string | null;
  readonly ticket: string | null;
  readonly status: string;
}

beforeAll(async () => {
  const example = await readSite(EXAMPLE);
  const lanes = example.lanes.map(({ id, code, direction, timings }) => ({
    id,
    code,
    direction,
    wiring: { driver: "sim" },
    timings: { ...timings, fresh_ms: 1_000 },
    cameras: [{ id: `cam-${code}`, secret: "sixteen characters", format: "generic" }],
    peripherals: { printer: { driver: "sim" } },
  }));
  const { lot_id, operator_id, code, name, time_zone } = example;
  const site = siteSchema.parse({ lot_id, operator_id, code, name, time_zone, lanes });
  agent = await loneAgent(
    { directory, clock, site },
    { transients: "by_ticket", exit_without_session: "ask_operator" },
  );
  await agent.start();
});
afterAll(async () => {
  await agent.stop();
  rmSync(directory, { recursive: true, force: true });
});

const stays = async (): Promise<SessionLine[]> => (await agent.gateJson("sessions", "--all")) as SessionLine[];

/** Presses the button and waits for what the printer is told to print. */
async function print(entry: LaneStage): Promise<{ readonly job_id: string; readonly code: string }> {
  const before = entry.heard.filter((one) => one.kind === "ticket").length;
  entry.tell({ kind: "press", name: "ticket" });
  await entry.until(() => entry.heard.filter((one) => one.kind === "ticket").length > before, "ticket");
  const last = entry.heard.findLast((one) => one.kind === "ticket");
  if (last?.kind !== "ticket") throw new Error("No ticket was printed.");
  return last;
}

it("ties plate and ticket to one stay, opens the exit for the ticket alone, and for no forged or used one", async () => {
  const entry = agent.stage("in-1");
  const exit = agent.stage("out-1");

  await entry.arrive();
  expect(await agent.read("in-1", "BAB123")).toEqual(["accepted"]);
  await entry.until(() => entry.shown.includes("Please take a ticket"), "word to take a ticket");
  expect(entry.raised).toBe(0);
  const failed = await print(entry);
  entry.tell({ kind: "ticket", job_id: failed.job_id, result: "failed" });
  await entry.until(() => entry.shown.includes("Sorry, no ticket can be printed"), "word about the printer");
  expect((await stays()).map(({ status }) => status)).toEqual(["voided"]);
  const { job_id, code } = await print(entry);
  expect(code).not.toBe(failed.code);
  entry.tell({ kind: "ticket", job_id, result: "presented" });
  entry.tell({ kind: "ticket", job_id, result: "taken" });
  await entry.pass();
  expect(await stays()).toContainEqual(expect.objectContaining({ plate: "BAB123", ticket: code, status: "open" }));

  await exit.arrive();
  const forged = code.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  for (const wrong of [forged, failed.code]) {
    exit.tell({ kind: "scan", medium: "ticket", code: wrong });
    await exit.until(() => exit.shown.at(-1) === "Please show your ticket", "word to show the ticket");
    await sleep(clock, 1_200);
    expect(exit.raised).toBe(0);
  }
  exit.tell({ kind: "scan", medium: "qr", code: code.toLowerCase() });
  await exit.pass();
  expect(await stays()).toContainEqual(expect.objectContaining({ plate: "BAB123", ticket: code, status: "closed" }));
  expect(exit.raised).toBe(1);
  const { out } = await agent.gate("decide", code, "--code", "--lane", "out-1");
  expect(out).toContain("The stay of this ticket has ended.");
});
