import { ok } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseContext, ParseResult } from "../../../ports/camera/camera-read.ts";
import { anyOrderTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, eitherConfidence, failure, firstText, travelOf } from "../fields.ts";

/**
 * Genetec AutoVu's JSON: date and time of day in UTC apart, and the date in one of three orders, by the language of the
 * server; of the two that can be meant, the one nearer to now is taken.
 */
export function parseGenetec(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const plate = at(json.value, "Plate");
  if (typeof plate !== "string") return failure("missing_field", 'JSON without the field "Plate".');
  return ok([
    cameraRead({
      plate,
      eventId: firstText(json.value, ["Guid", "GUID", "Id"]),
      confidence: eitherConfidence(firstText(json.value, ["ConfidenceScore", "Attributes.Confidence Score"])),
      travel: travelOf(at(json.value, "Attributes.Relative Motion")),
      capturedAt: anyOrderTime(at(json.value, "DateUtc"), at(json.value, "TimeUtc"), context),
      sources: ["CameraName", "SharpName", "SourceName"].map((name) => at(json.value, name)),
    }),
  ]);
}
