import { execFileSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RtspVideo } from "@gatehouse/edge/drivers/rtsp/rtsp-video.ts";
import { video as videoSchema } from "@gatehouse/shared/contracts/config/site/video.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { missingForRtsp, type RtspCamera, startRtspCamera } from "./rtsp-camera.ts";

const missing = missingForRtsp();
const ending: (() => unknown)[] = [];
const LOGIN = { user: "viewer", password: "p@ss 'word'/:1" };

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function camera(options: Parameters<typeof startRtspCamera>[0] = {}): Promise<RtspCamera> {
  const started = await startRtspCamera(options);
  ending.push(() => started.stop());
  return started;
}

async function videoOf(url: string, login?: { user: string; password: string }, width = 320): Promise<RtspVideo> {
  const directory = join(await mkdtemp(join(tmpdir(), "gatehouse-")), "video");
  const cameras = [{ id: "cam-in", video: videoSchema.parse({ url, ...login, width }) }];
  const video = new RtspVideo({ cameras, directory, clock: systemClock(), random: seededRandom(1) });
  ending.push(() => video.stop());
  return video;
}

/** Command lines of the running readers of streams that make pictures of a width. */
function readers(width: number): string {
  const lines = execFileSync("ps", ["-eo", "args"]).toString().split("\n");
  return lines.filter((line) => line.startsWith("ffmpeg") && line.includes(`min(${width},`)).join("\n");
}

describe.skipIf(missing !== null)(`video over a real RTSP stream${missing ? ` (${missing})` : ""}`, () => {
  it("reads the stream for its viewers only, with a password that no list of processes shows", async () => {
    const { url } = await camera({ login: LOGIN });
    const video = await videoOf(url, LOGIN, 322);
    const port = new URL(url).port;
    const frames: Buffer[] = [];
    const leave = video.watch("cam-in", { frame: (jpeg) => frames.push(jpeg), interrupted: () => {} });
    await expect.poll(() => frames.length, { timeout: 15_000 }).toBeGreaterThan(3);
    expect(frames[0]?.subarray(0, 2).toString("hex")).toBe("ffd8");
    expect(frames[0]?.subarray(-2).toString("hex")).toBe("ffd9");
    expect(readers(322)).toContain("image2pipe");
    expect(readers(322)).not.toMatch(new RegExp(`${port}|p@ss|p%40ss`));
    if (leave.ok) leave.value();
    const seen = frames.length;
    await expect.poll(() => readers(322), { timeout: 5_000 }).toBe("");
    expect(frames.length).toBeLessThanOrEqual(seen + 1);
  }, 30_000);

  it("takes a snapshot, and says when the camera refuses the password or isn't there", async () => {
    const { url } = await camera({ login: LOGIN });
    const picture = await (await videoOf(url, LOGIN)).snapshot("cam-in");
    expect(picture).toMatchObject({ ok: true });
    expect(await (await videoOf(url, { ...LOGIN, password: "wrong" })).snapshot("cam-in")).toEqual({
      ok: false,
      error: "not_authorised",
    });
    expect(await (await videoOf("rtsp://127.0.0.1:1/lane")).snapshot("cam-in")).toEqual({
      ok: false,
      error: "unreachable",
    });
    expect(await (await videoOf(url)).snapshot("cam-x")).toEqual({ ok: false, error: "unknown_camera" });
  }, 60_000);

  it("goes on by itself after the camera was away", async () => {
    const first = await camera();
    const video = await videoOf(first.url);
    let frames = 0;
    const interruptions: string[] = [];
    video.watch("cam-in", { frame: () => frames++, interrupted: (error) => interruptions.push(error) });
    await expect.poll(() => frames, { timeout: 15_000 }).toBeGreaterThan(0);
    await first.stop();
    await expect.poll(() => interruptions.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const before = frames;
    await camera({ port: first.port });
    await expect.poll(() => frames, { timeout: 30_000 }).toBeGreaterThan(before);
  }, 90_000);

  it("offers JSMpeg's stream on a private socket while a lease is held", async () => {
    const { url } = await camera({ login: LOGIN });
    const video = await videoOf(url, LOGIN, 324);
    const lease = await video.smoothView("cam-in");
    if (!lease.ok) throw new Error(lease.error);
    const chunks: Buffer[] = [];
    const socket = await upgraded(lease.value.socketPath, (chunk) => chunks.push(chunk));
    await expect.poll(() => Buffer.concat(chunks).length, { timeout: 20_000 }).toBeGreaterThan(20_000);
    expect(Buffer.concat(chunks).includes("jsmp")).toBe(true);
    expect(readers(324)).toContain("mpeg1video");
    expect(readers(324)).not.toContain("p%40ss");
    socket();
    lease.value.release();
    await expect.poll(() => readers(324), { timeout: 5_000 }).toBe("");
  }, 60_000);
});

/** Opens a WebSocket (RFC 6455, 4.1) on a local socket and hands on what comes; returns what ends it. */
function upgraded(socketPath: string, onData: (chunk: Buffer) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const asking = request({
      socketPath,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.alloc(16, 7).toString("base64"),
      },
    });
    asking.once("error", reject);
    asking.once("upgrade", (_response, socket, head) => {
      onData(head);
      socket.on("data", onData);
      resolve(() => socket.destroy());
    });
    asking.end();
  });
}
