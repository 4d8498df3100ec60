import type { WatchedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { OcrCamera } from "../drivers/lpr/ocr/ocr-camera.ts";
import type { OcrEngine } from "../drivers/lpr/ocr/ocr-engine.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { VideoPort } from "../ports/video/video-port.ts";

export interface WatchingOptions {
  readonly camera: WatchedCamera;
  readonly laneId: Uuid;
  readonly lanes: Pick<LaneControl, "snapshot" | "onChange">;
  readonly video: VideoPort;
  readonly engine: OcrEngine;
  readonly clock: Clock;
}

/** A camera whose picture is read here while a vehicle stands on its lane's arming loop. */
export function watchingCamera({ camera, laneId, lanes, video, engine, clock }: WatchingOptions): OcrCamera {
  return new OcrCamera({
    cameraId: camera.id,
    crop: camera.crop ?? null,
    layouts: camera.layouts,
    minConfidence: camera.min_confidence,
    clock,
    snapshot: () => video.snapshot(camera.id),
    read: (jpeg, crop) => engine.read(jpeg, crop),
    onVehicle: (listener) => vehicles(laneId, lanes, listener),
  });
}

/** Calls back when the lane's arming loop becomes occupied, and when it is so no more. */
function vehicles(laneId: Uuid, lanes: WatchingOptions["lanes"], listener: (isThere: boolean) => void): () => void {
  let before = false;
  return lanes.onChange(() => {
    const lane = lanes.snapshot().find((one) => one.lane_id === laneId);
    const now = lane?.loops.arming === "occupied";
    if (now !== before) listener(now);
    before = now;
  });
}
