import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer, get, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok } from "@gatehouse/shared/kit/result.ts";
import { getRequestListener } from "@hono/node-server";
import { afterEach, describe, expect, it } from "vitest";
import type { VideoPort, Viewer } from "../ports/video/video-port.ts";
import { livePictures, tunnelSmoothView } from "./live-pictures.ts";

const JPEG = Buffer.from("ffd80102ffd9", "hex");
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** One camera whose stream is in the test's hands. */
class OneCamera implements VideoPort {
  readonly cameras = ["cam-in"];
  readonly viewers = new Set<Viewer>();
  leases = 0;
  readonly #socketPath: string;

  constructor(socketPath = "") {
    this.#socketPath = socketPath;
  }

  watch(camera: string, viewer: Viewer): ReturnType<VideoPort["watch"]> {
    if (camera !== "cam-in") return err("unknown_camera");
    this.viewers.add(viewer);
    return ok(() => void this.viewers.delete(viewer));
  }

  snapshot = async (camera: string): ReturnType<VideoPort["snapshot"]> =>
    camera === "cam-in" ? ok(JPEG) : err("unreachable");

  smoothView = async (camera: string): ReturnType<VideoPort["smoothView"]> => {
    if (camera !== "cam-in") return err("unknown_camera");
    this.leases++;
    return ok({ socketPath: this.#socketPath, release: () => void this.leases-- });
  };
}

async function listen(server: Server, path?: string): Promise<string> {
  servers.push(server);
  server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
  await once(server, "listening");
  return path ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(video: VideoPort): Promise<string> {
  return listen(createServer(getRequestListener(livePictures(video).fetch)));
}

function answerOf(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, resolve).on("error", reject));
}

describe("live pictures", () => {
  it("shows a moving picture part by part, until the viewer goes", async () => {
    const video = new OneCamera();
    const answer = await answerOf(`${await serve(video)}/cam-in`);
    expect(answer.headers["content-type"]).toBe("multipart/x-mixed-replace; boundary=gatehouse-frame");
    let seen = "";
    answer.setEncoding("latin1").on("data", (text: string) => {
      seen += text;
    });
    for (const viewer of video.viewers) viewer.frame(JPEG);
    await expect.poll(() => seen).toContain(`Content-Length: 6\r\n\r\n${JPEG.toString("latin1")}\r\n`);
    for (const viewer of video.viewers) viewer.frame(JPEG);
    await expect.poll(() => seen.split("--gatehouse-frame").length).toBe(3);
    answer.destroy();
    await expect.poll(() => video.viewers.size).toBe(0);
  });

  it("keeps no queue for a viewer that does not read", async () => {
    const video = new OneCamera();
    const answer = await answerOf(`${await serve(video)}/cam-in`);
    answer.pause();
    for (let nth = 0; nth < 200; nth++) {
      for (const viewer of video.viewers) viewer.frame(Buffer.alloc(1_000_000 + nth));
      await new Promise(setImmediate);
    }
    const frames: string[] = [];
    answer.setEncoding("latin1").on("data", (text: string) => frames.push(...(text.match(/Length: \d+/g) ?? [])));
    answer.resume();
    await expect.poll(() => frames.at(-1), { timeout: 5_000 }).toBe("Length: 1000199");
    expect(frames.length).toBeLessThan(100);
    answer.destroy();
  });

  it("takes a snapshot, or says what is wrong", async () => {
    const address = await serve(new OneCamera());
    const good = await fetch(`${address}/cam-in/snapshot`);
    expect(Buffer.from(await good.arrayBuffer())).toEqual(JPEG);
    const bad = await fetch(`${address}/cam-x/snapshot`);
    expect([bad.status, ((await bad.json()) as { detail: string }).detail]).toEqual([
      503,
      "The camera sends no picture; check its power, network cable and the address under `video`.",
    ]);
    expect((await fetch(`${address}/cam-x`)).status).toBe(404);
  });

  it("carries a WebSocket through without the login's cookie, and gives the lease back", async () => {
    const inner = createServer();
    let headers: IncomingMessage["headers"] = {};
    inner.on("upgrade", (asked, socket) => {
      headers = asked.headers;
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\njsmp");
      socket.on("data", (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
    });
    const video = new OneCamera(await listen(inner, join(await mkdtemp(join(tmpdir(), "gatehouse-")), "view.sock")));
    const outer = createServer();
    outer.on("upgrade", (asked, socket, head) => {
      void tunnelSmoothView(video, asked.url === "/cam-in" ? "cam-in" : "cam-x", { request: asked, socket, head });
    });
    const address = await listen(outer);
    const headersOut = { connection: "Upgrade", upgrade: "websocket", cookie: "session=secret" };
    const asking = request(`${address}/cam-in`, { headers: headersOut }).end();
    const [, socket, head] = await once(asking, "upgrade");
    let seen = head.toString();
    socket.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    socket.write("hello");
    await expect.poll(() => seen).toBe("jsmpecho hello");
    expect(headers.cookie).toBeUndefined();
    socket.destroy();
    await expect.poll(() => video.leases).toBe(0);
    const [refused] = await once(request(`${address}/cam-x`, { headers: headersOut }).end(), "response");
    expect(refused.statusCode).toBe(404);
  });
});
