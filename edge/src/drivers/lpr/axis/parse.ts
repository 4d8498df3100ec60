import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyText, cameraRead, eitherConfidence, failure, firstText, jsonOf, listOf, travelOf } from "../fields.ts";
import { readParts } from "../multipart.ts";
import { simpleItems } from "./simple-items.ts";

/** The same text in several encodings; which ones are there depends on the version of the application. */
const PLATE_FIELDS = ["plateUTF8", "plateUnicode", "plateText", "plateASCII", "text"];
const STATES = new Set(["new", "update", "lost"]);

/**
 * Axis License Plate Verifier: one event as multipart (`event` with JSON, `image`), JSON alone or in a list, or an event
 * in ONVIF's XML. A vehicle is told of when it appears (`new`), changes (`update`) and is gone (`lost`), each with the
 * same car and mostly the same text; the event id is made of both, so that each text of a car counts once, and `lost`
 * counts for a car that nothing was told of before.
 */
export async function parseAxis(message: CameraMessage, context: ParseContext): Promise<ParseResult> {
  if (/multipart/i.test(message.contentType)) {
    const parts = await readParts(message);
    if (!parts.ok) return parts;
    const event = parts.value.texts.find(({ name, text }) => name === "event" || text.trimStart().startsWith("{"));
    return event ? parseEvents(event.text, context) : failure("no_event", 'No part with the field name "event".');
  }
  return parseEvents(bodyText(message), context);
}

function parseEvents(text: string, context: ParseContext): ParseResult {
  if (text.trimStart().startsWith("<")) {
    const items = simpleItems(text);
    return items.ok ? readsOf(items.value, context) : items;
  }
  const json = jsonOf(text);
  return json.ok ? readsOf(listOf(json.value), context) : json;
}

function readsOf(events: readonly unknown[], context: ParseContext): ParseResult {
  const cars = events.filter(isCar);
  if (cars.length === 0 && events.some((event) => !isAlive(event)))
    return failure("missing_field", "No plate in the event; is it one of License Plate Verifier?");
  return ok(cars.slice(0, MAX_READS).map((event) => readOf(event, context)));
}

/** Heartbeats and tests of the connection. */
function isAlive(event: unknown): boolean {
  return ["heartbeat", "alive", "test"].some((name) => at(event, name) !== undefined);
}

function isCar(event: unknown): boolean {
  const state = firstText(event, ["carState"])?.toLowerCase();
  return PLATE_FIELDS.some((name) => at(event, name) !== undefined) && (state === undefined || STATES.has(state));
}

function readOf(event: unknown, context: ParseContext): CameraRead {
  const plate = firstText(event, PLATE_FIELDS) ?? "";
  const car = firstText(event, ["carID"]);
  const stamp = firstText(event, ["capture_timestamp", "datetime", "UtcTime"]);
  const images = at(event, "imagesURI");
  return cameraRead({
    plate,
    eventId: car === null ? null : `${car}:${plate}`,
    vehicle: { ids: [car], isGone: firstText(event, ["carState"])?.toLowerCase() === "lost" },
    confidence: eitherConfidence(firstText(event, ["plateConfidence", "lpConfidence"])),
    travel: travelOf(at(event, "carMoveDirection")),
    capturedAt: cameraTime(stamp, context),
    sources: ["camera_info.SerialNumber", "camera_info.MACAddress", "cameraId", "sensorProviderID"].map((path) =>
      at(event, path),
    ),
    images: Array.isArray(images) ? images : [at(event, "imageFile")],
  });
}
