import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  MAX_READS,
  type ParseContext,
  type ParseResult,
  type Travel,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, confidenceOf, failure, firstText, listOf, textOf } from "../fields.ts";

/** Messages of the same camera that tell of no plate. */
const OTHER_KINDS = ["AlarmGioIn", "SerialData", "TriggerImage", "heartbeat", "Heartbeat", "DeviceInfo"];
/** The vendor's numbers of directions in the picture: 3 goes up, away from the camera, 4 comes down. */
const TRAVEL: Readonly<Record<string, Travel>> = { "3": "leaving", "4": "approaching" };

/**
 * Vzenith and Alphadigi: `AlarmInfoPlate`, with one plate, or in newer firmware also with a list of `plates` that have
 * no confidence. `_无_` is a vehicle without a plate. What was kept while we were away has `isoffline`. A plate that the
 * camera takes for a print or a screen is none. The heartbeat is a form with the camera's password, and is not read.
 */
export function parseVzenith(message: CameraMessage, context: ParseContext): ParseResult {
  if (/multipart|form-urlencoded/i.test(message.contentType)) return ok([]);
  const json = bodyJson(message);
  if (!json.ok) return json;
  const alarm = at(json.value, "AlarmInfoPlate");
  const result = at(alarm, "result.PlateResult");
  if (typeof result !== "object" || result === null) {
    const isOther = OTHER_KINDS.some((kind) => at(json.value, kind) !== undefined);
    return isOther ? ok([]) : failure("no_event", "JSON without AlarmInfoPlate and its PlateResult.");
  }
  const isFake = textOf(at(result, "is_fake_plate")) === "1";
  return ok(
    platesOf(result).map((plate, index) =>
      cameraRead({
        plate: isFake ? "" : plate,
        eventId: eventId(alarm, result, index),
        confidence: index === 0 ? vzenithConfidence(result) : null,
        travel: TRAVEL[textOf(at(result, "direction")) ?? ""] ?? null,
        capturedAt: cameraTime(Number(firstText(result, ["timeStamp.Timeval.sec"]) ?? Number.NaN), context),
        isReplay: textOf(at(result, "isoffline")) === "1",
        sources: [at(alarm, "serialno"), at(alarm, "deviceName"), at(alarm, "ipaddr")],
        images: [at(result, "imagePath")],
      }),
    ),
  );
}

/** The plate, then those of the list that are others; one empty text when there is none at all. */
function platesOf(result: object): readonly string[] {
  const plates = [
    ...new Set([result, ...listOf(at(result, "plates"))].flatMap((one) => firstText(one, ["license"]) ?? [])),
  ];
  return plates.length === 0 ? [""] : plates.slice(0, MAX_READS);
}

/** 1 to 100; 0 stands where none was computed. */
function vzenithConfidence(result: object): number | null {
  const confidence = confidenceOf(at(result, "confidence"), 100);
  return confidence === 0 ? null : confidence;
}

function eventId(alarm: unknown, result: object, index: number): string | null {
  const id = firstText(result, ["plateid"]);
  if (id === null || id === "0") return null;
  const seconds = firstText(result, ["timeStamp.Timeval.sec"]) ?? "";
  return [firstText(alarm, ["serialno"]) ?? "", id, seconds, index].join(":");
}
