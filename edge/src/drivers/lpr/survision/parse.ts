import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, confidenceOf, failure, firstText, listOf, travelOf } from "../fields.ts";

/** Messages of the camera's protocol that tell of no plate. */
const OTHER_KINDS = ["answer", "config", "infos", "ioState", "traces", "dgpr", "image", "date", "database"];

/**
 * Survision's messages: XML turned into JSON, so attributes begin with `@` and every value is a text. A recognition is
 * `anpr`, one that was asked for `triggerResult`; its `decision` has the plate, or none when nothing was read.
 */
export function parseSurvision(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const anpr = at(json.value, "anpr") ?? at(json.value, "triggerResult.anpr") ?? at(json.value, "triggerResult");
  if (typeof anpr !== "object" || anpr === null) {
    const isOther = OTHER_KINDS.some((kind) => at(json.value, kind) !== undefined);
    return isOther ? ok([]) : failure("no_event", "None of Survision's messages.");
  }
  const date = firstText(anpr, ["@date"]);
  const id = firstText(anpr, ["@id"]) ?? date;
  return ok(
    listOf(at(anpr, "decision"))
      .slice(0, MAX_READS)
      .map((decision, index) =>
        cameraRead({
          plate: at(decision, "@plate"),
          eventId: id === null ? null : `${id}#${index}`,
          confidence: confidenceOf(at(decision, "@reliability"), 100),
          travel: travelOf(at(decision, "@direction")),
          capturedAt: cameraTime(date, context),
          sources: [at(anpr, "@cameraId"), at(anpr, "@camera")],
        }),
      ),
  );
}
