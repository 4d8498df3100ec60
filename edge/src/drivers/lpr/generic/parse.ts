import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { ok } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseContext, ParseResult } from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, eitherConfidence, failure, travelOf } from "../fields.ts";

export type JsonMapping = NonNullable<Extract<SiteCamera, { format: "generic" }>["mapping"]>;

const DEFAULT_MAPPING: JsonMapping = {
  plate: "plate",
  confidence: "confidence",
  captured_at: "captured_at",
  event_id: "event_id",
  direction: "direction",
};

/**
 * Any JSON, by dotted paths from the site file (`results.0.plate`). Confidence may be 0 to 1 or 0 to 100. The words for
 * the direction of travel are those that vendors use: `approaching`, `in`, `forward`; `leaving`, `out`, `reverse`.
 */
export function parseGeneric(
  message: CameraMessage,
  context: ParseContext,
  mapping: JsonMapping = DEFAULT_MAPPING,
): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const field = (path: string | undefined): unknown => (path === undefined ? undefined : at(json.value, path));
  const plate = field(mapping.plate);
  if (typeof plate !== "string") {
    return failure("missing_field", `No text at "${mapping.plate}"; see the camera's mapping in the site file.`);
  }
  return ok([
    cameraRead({
      plate,
      eventId: field(mapping.event_id),
      confidence: eitherConfidence(field(mapping.confidence)),
      travel: travelOf(field(mapping.direction)),
      capturedAt: cameraTime(field(mapping.captured_at), context),
      sources: [field(mapping.source)],
      images: [field(mapping.image)],
    }),
  ]);
}
