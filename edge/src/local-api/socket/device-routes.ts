import { Hono } from "hono";
import { videoErrorTexts } from "../../ports/video/video-port.ts";
import type { AgentView } from "../agent-view.ts";
import type { CameraRow, DeviceRow } from "../contract.ts";
import { problem } from "../problem.ts";

/** Cameras and the other devices of the lot, as they do. */
export function deviceRoutes(view: AgentView): Hono {
  const app = new Hono();
  app.get("/cameras", (context) => context.json(cameraRows(view)));
  app.get("/devices", (context) => context.json(deviceRows(view)));
  // Only snapshots here; the moving picture is for browsers.
  app.get("/cameras/:camera/snapshot", async (context) => {
    const picture = await view.video.snapshot(context.req.param("camera"));
    if (!picture.ok) return problem(context, 404, picture.error, videoErrorTexts[picture.error]);
    const headers = { "content-type": "image/jpeg", "cache-control": "no-store" };
    return context.body(new Uint8Array(picture.value), 200, headers);
  });
  return app;
}

function cameraRows(view: AgentView): CameraRow[] {
  return view.cameras.health().map((camera) => ({
    id: camera.cameraId,
    lane: camera.lane,
    format: camera.format,
    transport: camera.transport,
    link: camera.link.state,
    last_message_at: camera.lastMessageAt,
    last_read_at: camera.lastReadAt,
    messages: camera.messages,
    reads: camera.reads,
    rejected: camera.rejected,
    unauthorised: camera.unauthorised,
    clock_offset_ms: camera.clockOffsetMs,
    clock_quality: camera.clockQuality,
    last_error: camera.lastError,
    has_picture: view.video.cameras.includes(camera.cameraId),
  }));
}

/** Relay boards first, then what stands at the lanes. */
function deviceRows(view: AgentView): DeviceRow[] {
  const boards = view.boards().map((board) => ({ ...board, kind: "board", lane: null }));
  return [...boards, ...view.peripherals()].map((device) => ({
    kind: device.kind,
    id: device.id,
    lane: device.lane,
    connected: device.connected,
    detail: device.detail,
    last_message_at: null,
    last_fault: device.lastFault,
  }));
}
