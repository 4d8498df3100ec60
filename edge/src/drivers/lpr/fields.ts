import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  type CameraRead,
  MAX_EVENT_ID,
  MAX_IMAGES,
  MAX_PLATE_TEXT,
  MAX_VEHICLE_IDS,
  type ParseFailure,
  type Travel,
} from "../../ports/camera/camera-read.ts";

const MAX_REFERENCE = 256;
const MAX_SOURCES = 6;
/** Character sets besides UTF-8 that cameras declare. */
const DECLARED = /charset=["']?(gb2312|gbk|gb18030|big5|iso-8859-1|windows-125[0-8]|shift_jis)/i;

/** What a parser found of one vehicle, as it stood there. */
export interface FoundRead {
  readonly plate: unknown;
  readonly eventId?: unknown;
  /** 0 to 1, see `confidenceOf`. */
  readonly confidence?: number | null;
  readonly travel?: Travel | null;
  readonly capturedAt?: WallMs | null;
  readonly isReplay?: boolean;
  /** See `CameraRead.vehicle`; ids that are no text or number are left out, and with none left the vehicle. */
  readonly vehicle?: { readonly ids: readonly unknown[]; readonly isGone: boolean };
  readonly sources?: readonly unknown[];
  readonly images?: readonly unknown[];
}

/** A read of what was found; texts are cut to their limits, and what is no text or number is left out. */
export function cameraRead(found: FoundRead): CameraRead {
  const eventId = textOf(found.eventId);
  return {
    vendorEventId: eventId === null || eventId === "" ? null : cameraText(eventId, MAX_EVENT_ID),
    rawText: cameraText(textOf(found.plate) ?? "", MAX_PLATE_TEXT),
    confidence: found.confidence ?? null,
    travel: found.travel ?? null,
    capturedAt: found.capturedAt ?? null,
    isReplay: found.isReplay ?? false,
    ...followed(found.vehicle),
    sources: references(found.sources ?? [], MAX_SOURCES),
    images: references(found.images ?? [], MAX_IMAGES),
  };
}

function followed(vehicle: FoundRead["vehicle"]): Pick<CameraRead, "vehicle"> {
  const texts = (vehicle?.ids ?? []).flatMap((id) => textOf(id) ?? []).filter((id) => id !== "");
  if (vehicle === undefined || texts.length === 0) return {};
  const ids = texts.slice(0, MAX_VEHICLE_IDS).map((id) => cameraText(id, MAX_EVENT_ID));
  return { vehicle: { ids, isGone: vehicle.isGone } };
}

function references(values: readonly unknown[], most: number): readonly string[] {
  const texts = values.flatMap((value) => textOf(value) ?? []).filter((text) => text !== "");
  return texts.slice(0, most).map((text) => cameraText(text, MAX_REFERENCE));
}

/**
 * A camera's text, at most `maxLength` characters, without control characters and halves of characters: databases refuse
 * those, and one plate must not cost the record of its passage.
 */
export function cameraText(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ");
}

/** A text or number as text, null for everything else. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null;
}

/** Confidence from a vendor's scale of 0 to `full`, as text or number; null when it is neither. */
export function confidenceOf(value: unknown, full: number): number | null {
  const text = textOf(value)?.trim();
  if (text === undefined || text === "") return null;
  const number = Number(text) / full;
  return Number.isFinite(number) && number >= 0 && number <= 1 ? number : null;
}

/** Confidence of a vendor whose firmware doesn't agree with itself on 0 to 1 or 0 to 100. */
export function eitherConfidence(value: unknown): number | null {
  return confidenceOf(value, Number(textOf(value)) > 1 ? 100 : 1);
}

const APPROACHING = new Set(["approaching", "approach", "in", "forward", "obverse", "closer"]);
const LEAVING = new Set(["leaving", "leave", "out", "reverse", "away", "moving away", "goaway"]);

/** Direction of travel from a vendor's word for it; null for words that tell none. */
export function travelOf(value: unknown): Travel | null {
  const word = textOf(value)?.trim().toLowerCase() ?? "";
  if (APPROACHING.has(word)) return "approaching";
  return LEAVING.has(word) ? "leaving" : null;
}

/** What stands at a dotted path, through lists too; undefined where it leads nowhere or into what is inherited. */
export function at(value: unknown, path: string): unknown {
  let here = value;
  for (const key of path.split(".")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}

/** The first of the paths that leads to a text or number that isn't empty. */
export function firstText(value: unknown, paths: readonly string[]): string | null {
  for (const path of paths) {
    const text = textOf(at(value, path));
    if (text !== null && text.trim() !== "") return text;
  }
  return null;
}

/** A list as it is, one object as a list of it, and everything else as an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? [value] : [];
}

/** The text of a message, by the character set that it declares, else UTF-8. Zero bytes at the end are left out. */
export function bodyText({ contentType, body }: CameraMessage): string {
  const declared = DECLARED.exec(contentType)?.[1] ?? "utf-8";
  return new TextDecoder(declared).decode(body).replace(/\0+$/, "");
}

/** What a message's JSON says. */
export function bodyJson(message: CameraMessage): Result<unknown, ParseFailure> {
  return jsonOf(bodyText(message));
}

/** What a text's JSON says. The error tells where it is broken, and nothing of the text. */
export function jsonOf(text: string): Result<unknown, ParseFailure> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    // The platform's message quotes the text, which may hold a plate.
    const where = error instanceof Error ? /at position \d+/.exec(error.message)?.[0] : undefined;
    return err({
      code: "broken_json",
      message: `The body is no JSON${where === undefined ? "" : `, broken ${where}`}.`,
    });
  }
}

/** A parser's refusal. */
export function failure(
  code: ParseFailure["code"],
  message: string,
): { readonly ok: false; readonly error: ParseFailure } {
  return err({ code, message });
}
