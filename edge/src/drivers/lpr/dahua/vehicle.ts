import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { CameraRead, ParseContext } from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { cameraRead, confidenceOf, textOf, travelOf } from "../fields.ts";

/** Looks a field up by its dotted path, list places as numbers: `TrafficCar.DrivingDirection.0`. */
export type DahuaField = (path: string) => unknown;

export interface DahuaVehicle {
  readonly code: unknown;
  readonly action: unknown;
  readonly field: DahuaField;
}

/** One vehicle of an event; null for what is none: another kind of event, its end, a bicycle without a plate. */
export function vehicleRead(
  { code, action, field }: DahuaVehicle,
  { index, context }: { readonly index: number; readonly context: ParseContext },
): CameraRead | null {
  const kind = textOf(code) ?? "";
  if (/^stop$/i.test(textOf(action) ?? "") || (kind !== "" && !/^Traffic/i.test(kind))) return null;
  const plate = textIn(field, ["TrafficCar.PlateNumber", ...(isPlateObject(field) ? ["Object.Text"] : [])]);
  if (plate === null) {
    if (field("TrafficCar.PlateNumber") === undefined && !isPlateObject(field)) return null;
    if (/^nonmotor$/i.test(textIn(field, ["CommInfo.SnapCategory"]) ?? "")) return null;
  }
  return cameraRead({
    plate: plate ?? "",
    eventId: eventId(field, index),
    confidence: dahuaConfidence(field("Object.Confidence")),
    travel: travelOf(field("TrafficCar.DrivingDirection.0")) ?? travelOf(field("JunctionDirection")),
    capturedAt: capturedAt(field, context),
    sources: ["TrafficCar.MachineName", "TrafficCar.DeviceAddress", "Name", "Channel"].map(field),
    images: [field("FilePath")],
  });
}

/** Without a type it is an older firmware's plate. */
function isPlateObject(field: DahuaField): boolean {
  const type = textIn(field, ["Object.ObjectType"]);
  return field("Object.Text") !== undefined && (type === null || /^plate$/i.test(type));
}

/** Scale 0 to 100 in most firmware, 0 to 255 in some; what is over 100 tells which. */
export function dahuaConfidence(value: unknown): number | null {
  const confidence = Number(textOf(value) ?? Number.NaN);
  if (Number.isNaN(confidence) || confidence <= 0) return null;
  return confidenceOf(value, confidence > 100 ? 255 : 100);
}

/** `GroupID` is the same for all pictures of a vehicle; `EventID` alone begins anew at each start of the camera. */
function eventId(field: DahuaField, index: number): string | null {
  const parts = ["GroupID", "EventID"].map((name) => textIn(field, [name, `TrafficCar.${name}`]));
  if (parts.every((part) => part === null || part === "0")) return null;
  return [...parts.map((part) => part ?? ""), textIn(field, ["UTC"]) ?? "", index].join(".");
}

function capturedAt(field: DahuaField, context: ParseContext): WallMs | null {
  const seconds = Number(textIn(field, ["UTC"]) ?? Number.NaN);
  if (seconds > 0) return cameraTime(seconds + Number(textIn(field, ["UTCMS"]) ?? 0) / 1_000, context);
  return cameraTime(field("LocaleTime"), context);
}

function textIn(field: DahuaField, paths: readonly string[]): string | null {
  for (const path of paths) {
    const text = textOf(field(path));
    if (text !== null && text.trim() !== "") return text;
  }
  return null;
}
