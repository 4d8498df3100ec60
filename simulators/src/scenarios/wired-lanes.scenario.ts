import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkSite } from "@gatehouse/edge/config-check/check-site.ts";
import type { SiteBoard } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { isPushed } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { type Site, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterAll, afterEach, expect, it } from "vitest";
import { SimulatedBoard } from "../devices/modbus-board.ts";
import { ModbusTcpServer } from "../devices/modbus-servers.ts";
import { type LoneAgent, loneAgent, PERMITTED } from "./faults-agent.ts";
import { WiredLaneStage } from "./wired-lane-stage.ts";

/*
 * An agent on the site file for Modbus TCP that an installer starts from, against boards that speak the protocol. Real
 * processes, the file's own wiring and profiles; only addresses and cameras are exchanged.
 */

const clock = systemClock();
const SITE = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "sites", "four-lanes-modbus-tcp.yaml");
const root = mkdtempSync(join(tmpdir(), "gatehouse-wired-"));
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Lot {
  readonly agent: LoneAgent;
  readonly servers: ReadonlyMap<string, ModbusTcpServer>;
  stage(lane: string): WiredLaneStage;
}

async function lot(name: string): Promise<Lot> {
  const { good } = await checkSite(SITE);
  if (!good) throw new Error("The site file has errors.");
  const boards = new Map<string, SimulatedBoard>();
  const servers = new Map<string, ModbusTcpServer>();
  const addressed: SiteBoard[] = [];
  for (const board of good.site.boards) {
    if (board.driver !== "modbus_tcp") continue;
    const profile = good.profiles.relay_board[board.profile];
    if (!profile) throw new Error(`There is no profile ${board.profile}.`);
    const simulated = new SimulatedBoard(profile, clock);
    const server = new ModbusTcpServer(new Map([[board.unit, simulated]]), clock);
    ending.push(() => server.stop());
    boards.set(board.id, simulated);
    servers.set(board.id, server);
    addressed.push({ ...board, host: "127.0.0.1", port: await server.listen() });
  }
  const site = siteSchema.parse({ ...good.site, boards: addressed, lanes: good.site.lanes.map(lonely) });
  const stages = new Map(
    site.lanes.flatMap(({ code, wiring }) =>
      wiring.driver === "wired" ? [[code, new WiredLaneStage({ wiring, boards, clock })] as const] : [],
    ),
  );
  for (const stage of stages.values()) ending.push(() => stage.stop());
  const directory = join(root, name);
  mkdirSync(join(directory, "data"), { recursive: true });
  const agent = await loneAgent({ directory, clock, site });
  ending.push(() => agent.stop());
  const stage = (lane: string): WiredLaneStage => {
    const found = stages.get(lane);
    if (!found) throw new RangeError(`There is no lane ${lane}.`);
    return found;
  };
  return { agent, servers, stage };
}

/** A lane as in the file, with a camera that the test can play, on a machine that may be busy. */
function lonely(lane: Site["lanes"][number]): object {
  const cameras = lane.cameras.filter(isPushed).map(({ id, secret }) => ({ id, secret, format: "generic" }));
  return { ...lane, cameras, timings: { ...lane.timings, fresh_ms: 1_000 } };
}

it("takes a vehicle in and out through relay boards, each photo-eye tested before the arm comes down. Verifies: SAFE-13", async () => {
  const { agent, stage } = await lot("through");
  await agent.start();
  const entry = stage("in-1");
  await entry.arrive();
  expect(await agent.read("in-1", PERMITTED)).toEqual(["accepted"]);
  await entry.pass();
  expect(entry.raised).toBe(1);
  expect(entry.tested).toBeGreaterThan(0);
  const exit = stage("out-1");
  await exit.arrive();
  expect(await agent.read("out-1", PERMITTED)).toEqual(["accepted"]);
  await exit.pass();
  expect(stage("in-2").raised + stage("out-2").raised).toBe(0);
});

it("lets go of every relay when the agent is killed in the middle of a pulse. Verifies: SAFE-11", async () => {
  const { agent, stage } = await lot("killed");
  await agent.start();
  const entry = stage("in-1");
  await entry.arrive();
  await agent.read("in-1", PERMITTED);
  await entry.until(() => entry.isOn("raise"), "raise relay");
  await agent.process.killHard();
  const killedAt = clock.mono();
  await entry.until(() => !entry.isOn("raise"), "end of the pulse");
  expect(clock.mono() - killedAt).toBeLessThan(2_000);
});

it("goes on with the other lanes when one board is away, and says which. Verifies: SAFE-03", async () => {
  const { agent, servers, stage } = await lot("away");
  await servers.get("in-2-io")?.stop();
  await agent.start();
  const entry = stage("in-1");
  await entry.arrive();
  await agent.read("in-1", PERMITTED);
  await entry.pass();
  await expect.poll(() => agent.log(), { timeout: 10_000 }).toMatch(/Board in-2-io: Nothing answers at 127\.0\.0\.1/);
});
