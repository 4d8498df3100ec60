import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { worldConfig } from "./config.ts";
import { WorldControl } from "./control.ts";
import { demoSystem } from "./demo.ts";
import { type TruthLog, truthLog } from "./truth.ts";
import { World } from "./world.ts";

let directory: string;
let world: World;
let control: WorldControl;
let truth: TruthLog;
const NOWHERE = "00000000-0000-4000-8000-000000000000";

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "world-"));
  const [lot] = demoSystem({ lots: 1, seed: 1 }).lots;
  const address = {
    io_socket: join(directory, "io.sock"),
    agent_url: "http://127.0.0.1:9",
    proxies: [{ listen_port: 0, upstream_port: 9 }],
  };
  const config = worldConfig.parse({ traffic: 0, lots: [{ ...lot, ...address }] });
  truth = truthLog(null);
  world = new World({ config, clock: systemClock(), wallRate: 20, truth, past: [], log: { warn: () => {} } });
  control = new WorldControl({ port: 0, world, truth });
  await world.run();
  await control.run();
});

afterEach(async () => {
  await control.stop();
  await world.stop();
  rmSync(directory, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
    method,
    ...(body !== undefined && { body: text }),
  });
  return { status: response.status, body: await response.json() };
}

const lotId = () => world.ports()[0]?.lotId ?? "";

describe("a world under control", () => {
  it("tells its lots and links as the operators' contract says", async () => {
    const { body } = await ask("GET", "/simulation");
    expect(simulation.parse(body)).toEqual({
      lots: [{ lot_id: lotId(), link: "up", vehicles_inside: 0 }],
      wall_rate: 20,
    });
  });

  it("cuts a lot's link and mends it, and has both in the truth, once each", async () => {
    for (const link of ["cut", "cut", "up"]) {
      const { body } = await ask("POST", `/links/${lotId()}`, { link });
      expect(simulation.parse(body).lots[0]?.link).toBe(link);
    }
    const links = truth.all().flatMap((one) => (one.kind === "link" ? [one.link] : []));
    expect(links).toEqual(["cut", "up"]);
    expect((await ask("GET", "/truth")).body).toEqual(truth.all());
  });

  it("sends a vehicle that waits before a lane whose agent is away", async () => {
    expect(await ask("POST", "/vehicles", { lot_id: lotId(), plate: "B-XY 77" })).toEqual({
      status: 201,
      body: { stay: "injected-1" },
    });
    await vi.waitFor(async () => expect((await ask("GET", "/counts")).body).toMatchObject([{ around: 1 }]));
  });

  it("turns its dials", async () => {
    expect((await ask("PUT", "/dials", { pace: 3, everyone_leaves: true })).body).toEqual({
      traffic: 0,
      pace: 3,
      everyoneLeaves: true,
    });
    expect(world.dials.pace).toBe(3);
  });

  it.each<[string, string, unknown, number]>([
    ["POST", `/links/${NOWHERE}`, { link: "cut" }, 404],
    ["POST", "/vehicles", { lot_id: NOWHERE, plate: "A 1" }, 404],
    ["POST", "/vehicles", { plate: 5 }, 400],
    ["PUT", "/dials", "{", 400],
    ["PUT", "/dials", { pace: 1_000 }, 400],
    ["PUT", "/dials", "x".repeat(70_000), 400],
    ["GET", "/nothing", undefined, 404],
  ])("answers %s %s with %j by %i and a sentence", async (method, path, body, status) => {
    const answer = await ask(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ title: expect.stringMatching(/\w{3}/) });
  });
});
