import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Simulation } from "@gatehouse/shared/contracts/http/operations.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningCloud, runCloud } from "../../process/testing/running-cloud.ts";

const FOREIGN_LOT = "00000000-0000-4000-8000-000000000009";
const asked: string[] = [];
let cloud: RunningCloud;
let world: Server;
let link: "up" | "cut" = "up";

/** Speaks the world's control protocol: GET /simulation, POST /links/{lotId}. */
function answerOf(): Simulation {
  const mine = { lot_id: cloud.sample.lotId, link, vehicles_inside: 2 };
  return { lots: [mine, { lot_id: FOREIGN_LOT, link: "up", vehicles_inside: 5 }], wall_rate: 20 };
}

beforeAll(async () => {
  world = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.on("data", (data: Buffer) => {
      link = JSON.parse(data.toString()).link;
    });
    request.on("end", () => response.end(JSON.stringify(answerOf())));
  }).listen(0, "127.0.0.1");
  await once(world, "listening");
  const { port } = world.address() as { port: number };
  cloud = await runCloud({ seed: 501, environment: { GATEHOUSE_SIMULATION_URL: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await cloud.stop();
  world.close();
});

async function ask(path: string, { token = cloud.sample.tokens.admin, body }: { token?: string; body?: unknown } = {}) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${cloud.api}/api/v1${path}`, { headers, ...post });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

test("a link is cut and mended through the cloud; only own lots are shown", async () => {
  const mine = (state: string) => ({
    lots: [{ lot_id: cloud.sample.lotId, link: state, vehicles_inside: 2 }],
    wall_rate: 20,
  });
  expect(await ask("/simulation")).toEqual({ status: 200, body: mine("up") });
  const path = `/simulation/links/${cloud.sample.lotId}`;
  expect(await ask(path, { body: { link: "cut" } })).toEqual({ status: 200, body: mine("cut") });
  expect(asked.at(-1)).toBe(`POST /links/${cloud.sample.lotId}`);
  expect(await ask(path, { body: { link: "up" } })).toEqual({ status: 200, body: mine("up") });
});

test("a viewer, a foreign lot and another word are refused before the world is asked", async () => {
  const before = asked.length;
  const path = `/simulation/links/${cloud.sample.lotId}`;
  expect((await ask(path, { token: cloud.sample.tokens.viewer, body: { link: "cut" } })).status).toBe(403);
  expect((await ask(`/simulation/links/${FOREIGN_LOT}`, { body: { link: "cut" } })).status).toBe(404);
  expect((await ask(path, { body: { link: "burn" } })).status).toBe(400);
  expect(asked.length).toBe(before);
});
