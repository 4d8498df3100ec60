import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { err, ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  cameraText,
  cameraTime,
  confidenceOf,
  type ParseResult,
  type Travel,
} from "../camera-read.ts";

export type JsonMapping = NonNullable<SiteCamera["mapping"]>;

const DEFAULT_MAPPING: JsonMapping = {
  plate: "plate",
  confidence: "confidence",
  captured_at: "captured_at",
  event_id: "event_id",
  direction: "direction",
};

/**
 * Any JSON, by dotted paths from the site file (`results.0.plate`). Confidence may be 0 to 1 or 0 to 100. The words for
 * the direction of travel are `approaching`, `in`, `forward` and `leaving`, `out`, `reverse`.
 */
export function parseGeneric({ body }: CameraMessage, mapping: JsonMapping = DEFAULT_MAPPING): ParseResult {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (error) {
    return err({ code: "broken_json", message: `The body is no JSON: ${(error as SyntaxError).message}` });
  }
  const plate = at(json, mapping.plate);
  if (typeof plate !== "string") {
    return err({
      code: "missing_field",
      message: `No text at "${mapping.plate}"; see the camera's mapping in the site file.`,
    });
  }
  return ok([readOf(json, plate, mapping)]);
}

function readOf(json: unknown, plate: string, mapping: JsonMapping): CameraRead {
  const eventId = at(json, mapping.event_id);
  const confidence = at(json, mapping.confidence);
  return {
    vendorEventId: typeof eventId === "string" || typeof eventId === "number" ? cameraText(String(eventId), 128) : null,
    rawText: cameraText(plate, 64),
    confidence: confidenceOf(confidence, Number(confidence) > 1 ? 100 : 1),
    travel: TRAVEL[String(at(json, mapping.direction)).toLowerCase()] ?? null,
    capturedAt: cameraTime(at(json, mapping.captured_at)),
    isReplay: false,
  };
}

const TRAVEL: Readonly<Record<string, Travel>> = {
  approaching: "approaching",
  in: "approaching",
  forward: "approaching",
  leaving: "leaving",
  out: "leaving",
  reverse: "leaving",
};

function at(value: unknown, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  let here = value;
  for (const key of path.split(".")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}
