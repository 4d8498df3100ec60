import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { type Context, Hono } from "hono";
import { stream } from "hono/streaming";
import { type VideoError, type VideoPort, videoErrorTexts } from "../ports/video/video-port.ts";
import { problem } from "./problem.ts";

/** What an address that speaks WebSocket answers to plain HTTP, RFC 9110, 15.5.22. */
export const MAY_UPGRADE = 426;
const BOUNDARY = "gatehouse-frame";

/**
 * The cameras' pictures, to be mounted behind the technician's login: `/CAMERA` is a moving picture that a plain <img> shows
 * (multipart/x-mixed-replace), `/CAMERA/snapshot` one JPEG, `/CAMERA/smooth` JSMpeg's WebSocket (see smooth-upgrade.ts).
 */
export function livePictures(video: VideoPort): Hono {
  const app = new Hono();
  app.get("/:camera", (context) => movingPicture(context, video));
  app.get("/:camera/snapshot", async (context) => {
    const picture = await video.snapshot(context.req.param("camera"));
    if (!picture.ok) return refusal(context, picture.error);
    return context.body(new Uint8Array(picture.value), 200, {
      "content-type": "image/jpeg",
      "cache-control": "no-store",
    });
  });
  app.get("/:camera/smooth", (context) =>
    context.text("This address speaks WebSocket.", MAY_UPGRADE, { upgrade: "websocket" }),
  );
  return app;
}

/** A slow viewer gets fewer pictures, never a growing queue: while one is on its way, newer ones replace each other. */
function movingPicture(context: Context, video: VideoPort): Response {
  const camera = context.req.param("camera") ?? "";
  let newest: Buffer | null = null;
  let wake = (): void => {};
  const joined = video.watch(camera, {
    frame(jpeg) {
      newest = jpeg;
      wake();
    },
    interrupted: () => {},
  });
  if (!joined.ok) return refusal(context, joined.error);
  context.header("content-type", `multipart/x-mixed-replace; boundary=${BOUNDARY}`);
  context.header("cache-control", "no-store");
  return stream(context, async (out) => {
    out.onAbort(() => wake());
    while (!out.aborted) {
      const jpeg = newest;
      newest = null;
      if (jpeg === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await out.write(`--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      await out.write(new Uint8Array(jpeg));
      await out.write("\r\n");
    }
    joined.value();
  });
}

function refusal(context: Context, error: VideoError): Response {
  return problem(context, error === "unknown_camera" ? 404 : 503, error, videoErrorTexts[error]);
}

/**
 * Carries a WebSocket of an authorised viewer through to JSMpeg's stream of a camera. The caller has checked the login; the
 * camera's process itself listens on a local socket only.
 */
export async function tunnelSmoothView(
  video: VideoPort,
  camera: string,
  viewer: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const lease = await video.smoothView(camera);
  if (!lease.ok) {
    viewer.socket.end(
      `HTTP/1.1 ${lease.error === "unknown_camera" ? "404 Not Found" : "503 Service Unavailable"}\r\n\r\n`,
    );
    return;
  }
  const { socketPath, release } = lease.value;
  if (viewer.socket.destroyed) return release();
  const { host: _host, cookie: _cookie, ...headers } = viewer.request.headers;
  const inner = request({ socketPath, path: "/", headers: { ...headers, host: "localhost" } });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    viewer.socket.destroy();
    inner.destroy();
    release();
  };
  viewer.socket.on("error", end).on("end", end).on("close", end);
  inner.on("error", end);
  inner.on("upgrade", (response, source, head) => {
    source.on("error", end).on("end", end).on("close", end);
    const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${String(value)}`);
    viewer.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
    viewer.socket.write(head);
    source.pipe(viewer.socket).pipe(source);
    if (viewer.head.length > 0) source.write(viewer.head);
  });
  inner.end();
}
