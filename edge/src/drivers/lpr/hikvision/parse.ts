import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyText, cameraRead, confidenceOf, failure, firstText, listOf, travelOf } from "../fields.ts";
import { readParts } from "../multipart.ts";
import { xmlReader } from "../xml.ts";

/** Firmware doesn't agree on capitals, so names are folded. */
const readXml = xmlReader({ ignoreAttributes: true, transformTagName: (name) => name.toLowerCase() });

/** As the firmware spells them. */
const PLATE_TAGS = ["licenseplate", "lisenceplate", "licenceplate"];

/**
 * Hikvision ISAPI event notification (ANPR): the camera POSTs multipart/form-data with an XML part and pictures, older
 * firmware and the alert stream the bare XML. Namespaces and prefixes differ between cameras and recorders, so both are
 * dropped.
 */
export async function parseHikvision(message: CameraMessage, context: ParseContext): Promise<ParseResult> {
  if (/xml/i.test(message.contentType)) return parseAlert(bodyText(message), [], context);
  const parts = await readParts(message);
  if (!parts.ok) return parts;
  const { texts, pictures } = parts.value;
  const alert = texts.find(({ text }) => text.includes("EventNotificationAlert"));
  return alert
    ? parseAlert(alert.text, pictures, context)
    : failure("no_event", "No part holds an EventNotificationAlert.");
}

function parseAlert(text: string, pictures: readonly string[], context: ParseContext): ParseResult {
  const xml = readXml(text);
  if (!xml.ok) return xml;
  const alert = at(xml.value, "eventnotificationalert");
  if (typeof alert !== "object" || alert === null) return failure("no_event", "The XML is no EventNotificationAlert.");
  if (firstText(alert, ["eventtype"])?.toUpperCase() !== "ANPR") return ok([]);
  const vehicles = listOf(at(alert, "anpr"));
  if (vehicles.length === 0) return failure("missing_field", "An ANPR event without its ANPR element.");
  return ok(vehicles.slice(0, MAX_READS).map((anpr, index) => readOf({ alert, anpr, index, pictures }, context)));
}

interface Vehicle {
  readonly alert: unknown;
  readonly anpr: unknown;
  readonly index: number;
  readonly pictures: readonly string[];
}

function readOf({ alert, anpr, index, pictures }: Vehicle, context: ParseContext): CameraRead {
  const uuid = firstText(alert, ["uuid"]);
  return cameraRead({
    plate: firstText(anpr, PLATE_TAGS) ?? "",
    eventId: uuid === null || index === 0 ? uuid : `${uuid}#${index}`,
    confidence: confidenceOf(at(anpr, "confidencelevel"), 100),
    travel: travelOf(at(anpr, "direction")),
    capturedAt: cameraTime(at(alert, "datetime"), context),
    isReplay: firstText(alert, ["isdataretransmission"])?.toLowerCase() === "true",
    sources: ["channelname", "channelid", "macaddress", "ipaddress", "deviceid"].map((name) => at(alert, name)),
    images: pictures,
  });
}
