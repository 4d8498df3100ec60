import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_READS,
  MAX_VEHICLE_IDS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, confidenceOf, failure, firstText, listOf, textOf } from "../fields.ts";

/** Kinds of messages that tell of no plate. */
const OTHER_KINDS = new Set(["heartbeat", "vehicle", "alpr_config", "test"]);

/**
 * Rekor Scout, formerly OpenALPR: `alpr_results` for each frame, `alpr_group` once a vehicle is gone, up to ten seconds
 * late, and `alpr_alert` for plates on a list of its own, which wraps a group. A group names its frames, so that it is
 * told from a vehicle that none of them was told of. The direction of travel is an angle in the picture and is not taken.
 */
export function parseRekor(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const kind = firstText(json.value, ["data_type", "openalpr_webhook"]) ?? "";
  switch (kind) {
    case "alpr_results":
      return ok(frameReads(json.value, context));
    case "alpr_group":
      return ok([groupRead(json.value, context)]);
    case "alpr_alert":
      return alertReads(json.value, context);
    default:
      return OTHER_KINDS.has(kind) ? ok([]) : failure("no_event", "The JSON's data_type is none of Rekor's.");
  }
}

function frameReads(frame: unknown, context: ParseContext): readonly CameraRead[] {
  const uuid = firstText(frame, ["uuid"]);
  return listOf(at(frame, "results"))
    .slice(0, MAX_READS)
    .map((result, index) =>
      cameraRead({
        plate: at(result, "plate"),
        eventId: uuid === null || index === 0 ? uuid : `${uuid}#${index}`,
        vehicle: { ids: [uuid], isGone: false },
        confidence: confidenceOf(at(result, "confidence"), 100),
        capturedAt: cameraTime(at(frame, "epoch_time"), context),
        sources: sourcesOf(frame),
        images: [uuid],
      }),
    );
}

function alertReads(alert: unknown, context: ParseContext): ParseResult {
  const group = at(alert, "group");
  if (typeof group === "object" && group !== null) return ok([groupRead(group, context)]);
  return failure("missing_field", "An alert without its group.");
}

/** Version 1 has its best plate as an object or only candidates, version 2 and later as `best_plate_number`. */
function groupRead(group: unknown, context: ParseContext): CameraRead {
  const [candidate] = listOf(at(group, "candidates"));
  const uuid = firstText(group, ["best_uuid"]);
  const plate = firstText(group, ["best_plate_number", "best_plate.plate", "best_plate"]);
  return cameraRead({
    plate: plate ?? firstText(candidate, ["plate"]) ?? "",
    eventId: uuid,
    vehicle: { ids: [uuid, ...uuidsOf(group)], isGone: true },
    confidence: confidenceOf(firstText(group, ["best_confidence", "best_plate.confidence"]), 100),
    capturedAt: cameraTime(at(group, "epoch_end") ?? at(group, "epoch_start"), context),
    sources: sourcesOf(group),
    images: [uuid],
  });
}

function uuidsOf(group: unknown): readonly (string | null)[] {
  const uuids = at(group, "uuids");
  return Array.isArray(uuids) ? uuids.slice(0, MAX_VEHICLE_IDS).map(textOf) : [];
}

function sourcesOf(message: unknown): readonly unknown[] {
  return ["camera_id", "camera_name", "web_server_config.camera_label", "agent_uid"].map((path) => at(message, path));
}
