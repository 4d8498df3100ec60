import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { type FormPart, formPayload } from "./multipart.ts";
import type { HttpPayload, SightedVehicle } from "./sighted.ts";

/** Oddities met in the field, drawn once a message. */
export interface HikvisionOddities {
  readonly namespace: string;
  /** `ns1:` when the event came through a recorder, else empty. */
  readonly prefix: "" | "ns1:";
  readonly uuid: boolean;
  readonly pictures: boolean;
  /** Confidence as `96.5` where most firmware says `96`. */
  readonly fractionalConfidence: boolean;
  /** Minutes by which the zone in `dateTime` is wrong: the clock is right, its label is not. */
  readonly zoneErrorMinutes: number;
  /** The part's field name, which firmware does not agree on. */
  readonly xmlField: "anpr.xml" | "xml_file";
}

const NAMESPACES = [
  "http://www.hikvision.com/ver20/XMLSchema",
  "http://www.isapi.org/ver20/XMLSchema",
  "http://www.std-cgi.com/ver20/XMLSchema",
];
const BOUNDARY = "---------------------------7e13971310878";
const PLATE_PICTURE_BYTES = 1_500;
const SCENE_PICTURE_BYTES = 12_000;
const CAMERA_ZONE_MINUTES = 60;

/** A firmware's habits for one message. */
export function drawOddities(random: Random): HikvisionOddities {
  const rarely = (): boolean => random.next() < 0.1;
  return {
    namespace: pick(random, NAMESPACES),
    prefix: rarely() ? "ns1:" : "",
    uuid: !rarely(),
    pictures: !rarely(),
    fractionalConfidence: random.next() < 0.2,
    zoneErrorMinutes: rarely() ? 480 - CAMERA_ZONE_MINUTES : 0,
    xmlField: rarely() ? "xml_file" : "anpr.xml",
  };
}

/** The `multipart/form-data` body that a camera posts for one vehicle. */
export function anprPost(read: SightedVehicle, oddities: HikvisionOddities, random: Random): HttpPayload {
  const parts = [part(oddities.xmlField, "anpr.xml", "application/xml", Buffer.from(anprXml(read, oddities)))];
  if (oddities.pictures) {
    const plate = samplePicture(random, PLATE_PICTURE_BYTES);
    const scene = samplePicture(random, SCENE_PICTURE_BYTES);
    parts.push(part("licensePlatePicture.jpg", "licensePlatePicture.jpg", "image/jpeg", plate));
    parts.push(part("detectionPicture.jpg", "detectionPicture.jpg", "image/jpeg", scene));
  }
  return multipart(parts);
}

/** Another event in the same stream: a sign of life, or video loss, which older firmware sends as one. */
export function otherEventPost(at: WallMs, oddities: HikvisionOddities, random: Random): HttpPayload {
  const eventType = pick(random, ["heartBeat", "videoloss", "VMD"]);
  const eventState = eventType === "VMD" ? "active" : "inactive";
  const members = [
    tag("dateTime", cameraTime(at, oddities)),
    tag("eventType", eventType),
    tag("eventState", eventState),
  ];
  const xml = Buffer.from(envelope([...deviceMembers(), ...members], oddities));
  return multipart([part(oddities.xmlField, `${eventType}.xml`, "application/xml", xml)]);
}

/** The XML of one vehicle, which the alert stream sends bare. */
export function anprXml(read: SightedVehicle, oddities: HikvisionOddities): string {
  return envelope(
    [
      ...deviceMembers(),
      tag("dateTime", cameraTime(read.capturedAt, oddities)),
      tag("activePostCount", "1"),
      tag("eventType", "ANPR"),
      tag("eventState", "active"),
      tag("eventDescription", "ANPR"),
      tag("channelName", "Lane"),
      tag("ANPR", `\n${plateMembers(read, oddities).join("\n")}\n`),
      ...(oddities.uuid ? [tag("UUID", read.eventId)] : []),
      tag("picNum", oddities.pictures ? "2" : "0"),
      tag("isDataRetransmission", String(read.retransmission)),
    ],
    oddities,
  );
}

function deviceMembers(): string[] {
  return [
    tag("ipAddress", "192.0.2.64"),
    tag("portNo", "80"),
    tag("protocol", "HTTP"),
    tag("macAddress", "00:00:5e:00:53:40"),
    tag("channelID", "1"),
  ];
}

/** `pilotsafebelt`, `vehicleLogoRecog` and the rest are spelt as the firmware spells them. */
function plateMembers({ sighting, leaving }: SightedVehicle, oddities: HikvisionOddities): string[] {
  const percent = sighting.confidence * 100;
  return [
    tag("country", "5"),
    tag("licensePlate", escapeXml(sighting.text ?? "unknown")),
    tag("line", "1"),
    tag("direction", leaving ? "reverse" : "forward"),
    tag("confidenceLevel", oddities.fractionalConfidence ? percent.toFixed(1) : String(Math.floor(percent))),
    tag("plateType", "unknown"),
    tag("plateColor", "white"),
    tag("licenseBright", "0"),
    tag("pilotsafebelt", "unknown"),
    tag("vicepilotsafebelt", "unknown"),
    tag("vehicleType", "vehicle"),
    tag("originalLicensePlate", escapeXml(sighting.text ?? "unknown")),
    tag("vehicleLogoRecog", "0"),
  ];
}

/** The camera's own local time; with a wrong zone, the same reading of the hands under another offset. */
function cameraTime(at: WallMs, { zoneErrorMinutes }: HikvisionOddities): string {
  const local = new Date(at + CAMERA_ZONE_MINUTES * 60_000).toISOString().slice(0, 19);
  const offset = CAMERA_ZONE_MINUTES + zoneErrorMinutes;
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${local}+${pad(Math.floor(offset / 60))}:${pad(offset % 60)}`;
}

function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function envelope(members: readonly string[], { namespace, prefix }: HikvisionOddities): string {
  const declaration = prefix === "" ? "xmlns" : "xmlns:ns1";
  const open = `<EventNotificationAlert version="2.0" ${declaration}="${namespace}">`;
  const xml = `${open}\n${members.join("\n")}\n</EventNotificationAlert>`;
  const named = prefix === "" ? xml : xml.replaceAll(/<(\/?)(?=[A-Za-z])/g, `<$1${prefix}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${named}\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function part(field: string, fileName: string, contentType: string, content: Buffer): FormPart {
  return { field, fileName, contentType, content };
}

function multipart(parts: readonly FormPart[]): HttpPayload {
  return formPayload(parts, BOUNDARY);
}
