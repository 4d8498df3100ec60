import { ok } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseContext, ParseResult } from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, eitherConfidence, failure, firstText, travelOf } from "../fields.ts";

/**
 * Milesight's HTTP POST: flat JSON, all texts. The time has no zone, the camera is known by the name that was given to it,
 * and there is no id of the event. Counts of vehicles and other reports have no `plate`.
 */
export function parseMilesight(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const plate = at(json.value, "plate");
  if (typeof plate !== "string") {
    const isOther = firstText(json.value, ["device", "event"]) !== null;
    return isOther ? ok([]) : failure("missing_field", 'JSON without the field "plate".');
  }
  return ok([
    cameraRead({
      plate,
      confidence: eitherConfidence(at(json.value, "confidence")),
      travel: travelOf(at(json.value, "direction")),
      capturedAt: cameraTime(firstText(json.value, ["time_msec", "time"]), context),
      sources: [at(json.value, "device"), at(json.value, "mac"), at(json.value, "ip")],
    }),
  ]);
}
