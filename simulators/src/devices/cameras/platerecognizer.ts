import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { formPayload } from "./multipart.ts";
import { type HttpPayload, jsonPayload, type SightedVehicle } from "./sighted.ts";

const BOUNDARY = "5f1d0c3a9b8e47d2a6c4e1f0b3d59788";
const PICTURE_BYTES = 6_000;

/** The webhook of one vehicle: plate as a text or, in newer versions, as an object with candidates; in lower case. */
export function plateRecognizerMessage(vehicle: SightedVehicle, random: Random): HttpPayload {
  const { sighting, capturedAt, eventId } = vehicle;
  const stamp = new Date(capturedAt).toISOString();
  const value = sighting.text?.toLowerCase() ?? null;
  const score = Number(sighting.confidence.toFixed(3));
  const box = { xmin: 460, ymin: 57, xmax: 557, ymax: 82 };
  const isObject = value !== null && random.next() < 0.5;
  const message = {
    hook: { target: "http://agent/lpr", id: "camera-1", event: "recognition", filename: `${eventId}.jpg` },
    data: {
      camera_id: "camera-1",
      filename: `camera-1_screenshots/${eventId}.jpg`,
      timestamp: stamp,
      timestamp_local: stamp.replace("T", " ").replace("Z", "+00:00"),
      timestamp_camera: pick(random, [null, stamp]),
      results: [
        {
          box,
          plate: isObject ? { box, score, props: { plate: [{ value, score }], region: [] } } : value,
          region: { code: "de", score: 0.4 },
          score,
          dscore: 0.441,
          candidates: value === null ? [] : [{ plate: value, score }],
          vehicle: { score: 0.267, type: "Sedan", box },
          direction: vehicle.leaving ? 90 : 270,
          position_sec: 4,
        },
      ],
    },
  };
  if (random.next() < 0.3) return jsonPayload(message);
  return formPayload(
    [
      { field: "json", content: Buffer.from(JSON.stringify(message)) },
      {
        field: "upload",
        fileName: "upload.jpg",
        contentType: "image/jpeg",
        content: samplePicture(random, PICTURE_BYTES),
      },
    ],
    BOUNDARY,
  );
}

/** A report of Stream about itself. */
export function plateRecognizerHeartbeat(): HttpPayload {
  return jsonPayload({ hook: { id: "camera-1", event: "heartbeat" }, data: { camera_id: "camera-1", uptime: 60 } });
}
