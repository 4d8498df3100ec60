import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyText, cameraRead, confidenceOf, failure, firstText, jsonOf, listOf, textOf } from "../fields.ts";
import { readParts } from "../multipart.ts";

/**
 * Plate Recognizer Stream's webhook: JSON, or multipart with the fields `json` and `upload`. A plate is a text, or an
 * object with the candidates in `props.plate`, the best first; a vehicle without one has null. The direction of travel
 * is an angle in the picture, which says nothing without the camera's place, so none is taken.
 */
export async function parsePlateRecognizer(message: CameraMessage, context: ParseContext): Promise<ParseResult> {
  const text = await jsonText(message);
  if (typeof text !== "string") return text;
  const json = jsonOf(text);
  if (!json.ok) return json;
  const results = at(json.value, "data.results");
  if (!Array.isArray(results)) {
    const isOther = firstText(json.value, ["hook.event"]) !== null;
    return isOther ? ok([]) : failure("no_event", "JSON without Plate Recognizer's data.results.");
  }
  const data = at(json.value, "data");
  return ok(results.slice(0, MAX_READS).map((result, index) => readOf({ data, result, index }, context)));
}

async function jsonText(message: CameraMessage) {
  if (!/multipart/i.test(message.contentType)) return bodyText(message);
  const parts = await readParts(message);
  if (!parts.ok) return parts;
  const json = parts.value.texts.find(({ name }) => name === "json");
  return json?.text ?? failure("no_event", 'No part with the field name "json".');
}

interface Result {
  readonly data: unknown;
  readonly result: unknown;
  readonly index: number;
}

function readOf({ data, result, index }: Result, context: ParseContext): CameraRead {
  const [best] = listOf(at(result, "plate.props.plate"));
  const camera = firstText(data, ["camera_id"]);
  const stamp = firstText(data, ["timestamp"]);
  return cameraRead({
    plate: textOf(at(result, "plate")) ?? firstText(best, ["value"]) ?? "",
    eventId: stamp === null ? null : `${camera ?? ""}:${stamp}:${index}`,
    confidence: confidenceOf(at(best, "score") ?? at(result, "score"), 1),
    capturedAt: cameraTime(firstText(data, ["timestamp_camera", "timestamp", "timestamp_local"]), context),
    sources: [camera],
    images: [at(data, "filename")],
  });
}
