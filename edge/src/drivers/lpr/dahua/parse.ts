import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { at, bodyText, failure, jsonOf } from "../fields.ts";
import { jsonEnd } from "../json-scan.ts";
import { parseTollgate } from "./tollgate.ts";
import { type DahuaField, type DahuaVehicle, vehicleRead } from "./vehicle.ts";

/** Most lines of one event that are looked at. */
const MAX_LINES = 4_096;
const EVENT_LINE = /^(?:Return)?Events\[(\d{1,2})\]\.([^=]+)=(.*)$/;
const CODE_LINE = /^[ \t]*Code=([^;\r\n]*);[ \t]*action=([^;\r\n]*)(?:;[ \t]*index=[^;\r\n]*)?(?:;[ \t]*data=)?/gm;

/**
 * Dahua and the brands that sell its cameras: what its event manager and snap manager stream (two text forms), and what
 * ITSAPI posts (JSON). Heartbeats, and events of other kinds, have no reads.
 */
export function parseDahua(message: CameraMessage, context: ParseContext): ParseResult {
  const text = bodyText(message).trim();
  if (text === "" || /^Heartbeat$/i.test(text)) return ok([]);
  if (/^(KeepAlive|DeviceInfo)$/i.test(message.topic ?? "")) return ok([]);
  if (text.startsWith("{") || text.startsWith("[")) return parseJson(text, context);
  if (CODE_LINE.test(text)) return parseCodes(text, context);
  if (text.includes("Events[")) return ok(reads(vehiclesOfLines(text), context));
  return failure("no_event", "Neither an event of Dahua's in text nor in JSON.");
}

function parseJson(text: string, context: ParseContext): ParseResult {
  const json = jsonOf(text);
  if (!json.ok) return json;
  const events = at(json.value, "Events");
  if (!Array.isArray(events)) return parseTollgate(json.value, context);
  return ok(reads(events.map(vehicleOfJson), context));
}

/** `Code=TrafficJunction;action=Pulse;index=0;data={...}`, any number of them, the JSON over many lines. */
function parseCodes(text: string, context: ParseContext): ParseResult {
  const vehicles: DahuaVehicle[] = [];
  CODE_LINE.lastIndex = 0;
  for (let found = CODE_LINE.exec(text); found && vehicles.length < MAX_READS; found = CODE_LINE.exec(text)) {
    const start = CODE_LINE.lastIndex;
    const [, code = "", action = ""] = found;
    if (!found[0].endsWith("data=") || text.charAt(start) !== "{") continue;
    const end = jsonEnd(text, start);
    const data = end < 0 ? failure("broken_json", "The event's data is cut off.") : jsonOf(text.slice(start, end));
    if (!data.ok) return data;
    CODE_LINE.lastIndex = end;
    vehicles.push(...vehiclesOfData(data.value).map((vehicle) => ({ ...vehicle, code, action })));
  }
  CODE_LINE.lastIndex = 0;
  return ok(reads(vehicles, context));
}

/** Some firmware puts several vehicles into one event's data. */
function vehiclesOfData(data: unknown): readonly DahuaVehicle[] {
  const inner = at(data, "Events");
  return Array.isArray(inner) ? inner.map(vehicleOfJson) : [vehicleOfJson(data)];
}

function vehicleOfJson(data: unknown): DahuaVehicle {
  const field: DahuaField = (path) => at(data, path);
  return { code: field("EventBaseInfo.Code") ?? field("Code"), action: field("EventBaseInfo.Action"), field };
}

/** `Events[0].TrafficCar.PlateNumber=...`, one field a line, by vehicle. */
function vehiclesOfLines(text: string): readonly DahuaVehicle[] {
  const byIndex = new Map<string, Map<string, string>>();
  for (const line of text.split(/\r?\n/, MAX_LINES)) {
    const [, index = "", name = "", value = ""] = EVENT_LINE.exec(line.trimEnd()) ?? [];
    if (index === "" || (!byIndex.has(index) && byIndex.size >= MAX_READS)) continue;
    const fields = byIndex.get(index) ?? new Map<string, string>();
    // The first of two equal names counts: a line that is repeated later must not exchange a plate.
    const path = name.replaceAll(/\[(\d+)\]/g, ".$1");
    if (!fields.has(path)) fields.set(path, value.trim());
    byIndex.set(index, fields);
  }
  return [...byIndex.values()].map((fields) => ({
    code: fields.get("EventBaseInfo.Code") ?? fields.get("Code"),
    action: fields.get("EventBaseInfo.Action") ?? fields.get("Action"),
    field: (path) => fields.get(path),
  }));
}

function reads(vehicles: readonly DahuaVehicle[], context: ParseContext): readonly CameraRead[] {
  return vehicles.slice(0, MAX_READS).flatMap((vehicle, index) => vehicleRead(vehicle, { index, context }) ?? []);
}
