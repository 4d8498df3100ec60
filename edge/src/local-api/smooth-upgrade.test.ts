import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { err } from "@gatehouse/shared/kit/result.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { VideoPort } from "../ports/video/video-port.ts";
import { takeSmoothViews } from "./smooth-upgrade.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const video: VideoPort = {
  cameras: [],
  watch: () => err("unknown_camera"),
  snapshot: async () => err("unknown_camera"),
  smoothView: async () => err("unreachable"),
};

/** Asks for a WebSocket; resolves with the status of the refusal. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const server = createServer();
  servers.push(server);
  const ask = (_path: string, init: { headers: Record<string, string> }): Response =>
    new Response(null, { status: init.headers.cookie === "gatehouse_session=good" ? 426 : 401 });
  takeSmoothViews(server, { ask, video });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = { origin: address, connection: "Upgrade", upgrade: "websocket" };
  const [answer] = await once(request(`${address}${path}`, { headers: { ...own, ...headers } }).end(), "response");
  return answer.statusCode;
}

const GOOD = { cookie: "gatehouse_session=good" };
const CAMERA = "/technician/live/cam-in/smooth";

describe("smooth views", () => {
  it("are for who is logged in, from our own page, and at that address only", async () => {
    expect(await statusOf(CAMERA, GOOD)).toBe(503);
    expect(await statusOf(CAMERA, {})).toBe(401);
    expect(await statusOf(CAMERA, { ...GOOD, origin: "http://elsewhere.example" })).toBe(404);
    expect(await statusOf(CAMERA, { ...GOOD, origin: "no address" })).toBe(404);
    expect(await statusOf("/technician/live/../cam-in/smooth", GOOD)).toBe(404);
    expect(await statusOf("/lpr/cam-in", GOOD)).toBe(404);
  });
});
