import { err, ok } from "@gatehouse/shared/kit/result.ts";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import {
  type CameraMessage,
  type CameraRead,
  cameraText,
  cameraTime,
  confidenceOf,
  type ParseFailure,
  type ParseResult,
  type Travel,
} from "../camera-read.ts";
import { readTextParts } from "../multipart.ts";

/**
 * Hikvision ISAPI event notification (ANPR): the camera POSTs multipart/form-data with an XML part and pictures, older
 * firmware the bare XML. Namespaces and prefixes differ between cameras and recorders, so both are dropped; entities are
 * never expanded.
 */
export async function parseHikvision(message: CameraMessage): Promise<ParseResult> {
  if (/xml/i.test(message.contentType)) return parseAlert(Buffer.from(message.body).toString("utf8"));
  const parts = await readTextParts(message);
  if (!parts.ok) return parts;
  const alert = parts.value.find(({ text }) => text.includes("EventNotificationAlert"));
  return alert ? parseAlert(alert.text) : failure("no_event", "No part holds an EventNotificationAlert.");
}

/** Longest text of the XML parser that is passed on. */
const MESSAGE_MAX = 120;

const xml = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  processEntities: false,
  isArray: (name) => name === "ANPR",
});

interface Alert {
  readonly eventType?: string;
  readonly UUID?: string;
  readonly dateTime?: string;
  readonly isDataRetransmission?: string;
  readonly ANPR?: readonly Anpr[];
}

interface Anpr {
  readonly licensePlate?: string;
  readonly confidenceLevel?: string;
  readonly direction?: string;
}

function parseAlert(text: string): ParseResult {
  if (/<!DOCTYPE|<!ENTITY/i.test(text))
    return failure("broken_xml", "The XML has a document type, which is not accepted.");
  const valid = XMLValidator.validate(text.trimStart());
  if (valid !== true) {
    // The parser quotes every tag that was left open.
    const found = valid.err.msg.replace(/\s+/g, " ").slice(0, MESSAGE_MAX);
    return failure("broken_xml", `The XML is not well-formed at line ${valid.err.line}: ${found}`);
  }
  const root = xml.parse(text) as { EventNotificationAlert?: Alert | string };
  const alert = root.EventNotificationAlert;
  if (typeof alert !== "object") return failure("no_event", "The XML is no EventNotificationAlert.");
  if (alert.eventType?.toUpperCase() !== "ANPR") return ok([]);
  if (!alert.ANPR) return failure("missing_field", "An ANPR event without its ANPR element.");
  return ok(alert.ANPR.map((anpr, index) => readOf(alert, anpr, index)));
}

function readOf(alert: Alert, anpr: Anpr, index: number): CameraRead {
  return {
    vendorEventId: alert.UUID ? cameraText(index === 0 ? alert.UUID : `${alert.UUID}#${index}`, 128) : null,
    rawText: cameraText(String(anpr.licensePlate ?? ""), 64),
    confidence: confidenceOf(anpr.confidenceLevel, 100),
    travel: TRAVEL[anpr.direction ?? ""] ?? null,
    capturedAt: cameraTime(alert.dateTime),
    isReplay: alert.isDataRetransmission === "true",
  };
}

const TRAVEL: Readonly<Record<string, Travel>> = { forward: "approaching", reverse: "leaving" };

function failure(code: ParseFailure["code"], message: string): ParseResult {
  return err({ code, message });
}
