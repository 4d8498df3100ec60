import { ok } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseContext, ParseResult } from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, confidenceOf, failure, firstText, textOf } from "../fields.ts";

/**
 * Frigate's MQTT topics `tracked_object_update` (type `lpr`) and `events`. A plate is a text, `[text, score]` or an
 * object, by version; `sub_label` is somebody's name and never a plate. One vehicle is told of many times.
 */
export function parseFrigate(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  switch (message.topic) {
    case "tracked_object_update":
      return firstText(json.value, ["type"]) === "lpr"
        ? readOf(json.value, { field: "plate", isGone: false }, context)
        : ok([]);
    case "events": {
      const after = at(json.value, "after");
      if (typeof after !== "object" || after === null) return failure("missing_field", "An event without its after.");
      if (!at(after, "recognized_license_plate")) return ok([]);
      return readOf(after, { field: "recognized_license_plate", isGone: at(json.value, "type") === "end" }, context);
    }
    default:
      return failure("no_event", "The topic is neither tracked_object_update nor events.");
  }
}

interface Told {
  /** Where the plate stands. */
  readonly field: string;
  readonly isGone: boolean;
}

function readOf(object: unknown, { field, isGone }: Told, context: ParseContext): ParseResult {
  const found = at(object, field);
  const [plate, score] = Array.isArray(found)
    ? [textOf(found[0]), found[1]]
    : [textOf(found) ?? firstText(found, ["plate", "name", "value"]), at(found, "score") ?? at(found, "confidence")];
  const id = firstText(object, ["id"]);
  return ok([
    cameraRead({
      plate: plate ?? "",
      eventId: id === null ? null : `${id}:${plate ?? ""}`,
      vehicle: { ids: [id], isGone },
      confidence: confidenceOf(score ?? at(object, `${field}_score`) ?? at(object, "score"), 1),
      capturedAt: cameraTime(at(object, "timestamp") ?? at(object, "frame_time"), context),
      sources: [at(object, "camera")],
      images: id === null ? [] : [`events/${id}/snapshot.jpg`],
    }),
  ]);
}
