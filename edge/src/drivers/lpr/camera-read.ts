import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";

/** Direction of travel as a camera tells it: towards the camera or away from it. */
export type Travel = "approaching" | "leaving";

/** One vehicle in one message of a camera, before it is tied to a lane. */
export interface CameraRead {
  /** The camera's own id of the event, null where its firmware gives none. */
  readonly vendorEventId: string | null;
  /** Plate text as sent. Empty, `unknown` and the like stay as they are; the lane asks for another credential then. */
  readonly rawText: string;
  /** 0 to 1; null where the camera tells none. */
  readonly confidence: number | null;
  readonly travel: Travel | null;
  /** The camera's clock, which may lie. */
  readonly capturedAt: WallMs | null;
  /** Sent again later, after the camera had been offline: tells of the past and opens nothing. */
  readonly isReplay: boolean;
}

export type ParseFailure = {
  readonly code: "not_multipart" | "broken_xml" | "broken_json" | "no_event" | "too_large" | "missing_field";
  /** What is wrong, for the technician. */
  readonly message: string;
};

/** A message that is well formed and tells of no vehicle (a heartbeat, motion) has no reads. */
export type ParseResult = Result<readonly CameraRead[], ParseFailure>;

export interface CameraMessage {
  readonly contentType: string;
  readonly body: Uint8Array;
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

/** Confidence from a vendor's scale of 0 to `full`, as text or number; null when it is neither. */
export function confidenceOf(value: unknown, full: number): number | null {
  if (value === undefined || value === null || value === "") return null;
  const number = Number(value) / full;
  return Number.isFinite(number) && number >= 0 && number <= 1 ? number : null;
}

/** A camera's time stamp, null when it can't be read. */
export function cameraTime(text: unknown): WallMs | null {
  if (typeof text !== "string") return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : (ms as WallMs);
}
