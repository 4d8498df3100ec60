import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Result } from "@gatehouse/shared/kit/result.ts";

/** Direction of travel as a camera tells it: towards the camera or away from it. */
export type Travel = "approaching" | "leaving";

/** Most vehicles that one message of a camera may tell of. */
export const MAX_READS = 16;
/** Longest plate text that is kept, in characters. */
export const MAX_PLATE_TEXT = 64;
/** Longest id of an event that is kept, in characters. */
export const MAX_EVENT_ID = 128;
/** Pictures of one vehicle that are referred to. */
export const MAX_IMAGES = 4;

/** Ids of one vehicle that are looked at. */
export const MAX_VEHICLE_IDS = 64;

/** A vehicle as a camera follows it through several messages. */
export interface FollowedVehicle {
  /** What its messages have in common: the car's number, or the frames in which it was seen. At least one. */
  readonly ids: readonly string[];
  /** Told when it has gone: counts only if nothing else was told of it, since by now another may stand there. */
  readonly isGone: boolean;
}

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
  /** Left out where the vendor's messages don't tell which belong to one vehicle. */
  readonly vehicle?: FollowedVehicle;
  /** What the message calls the camera: name, number, MAC, serial number. */
  readonly sources: readonly string[];
  /** Where pictures of the vehicle are: names of parts, paths on the camera, addresses. Never the pictures themselves. */
  readonly images: readonly string[];
}

export type ParseFailure = {
  readonly code: "not_multipart" | "broken_xml" | "broken_json" | "no_event" | "too_large" | "missing_field";
  /** What is wrong, for the technician. */
  readonly message: string;
};

/** A message that is well formed and tells of no vehicle (a heartbeat, motion) has no reads. */
export type ParseResult = Result<readonly CameraRead[], ParseFailure>;

/** One message of a camera as it came. */
export interface CameraMessage {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Last part of the address or topic, for vendors that tell kinds of messages apart by it. */
  readonly topic?: string;
}

/** What a parser may lean on besides the message. */
export interface ParseContext {
  /** IANA zone of the camera's clock, for stamps without one. */
  readonly timeZone: string;
  /** When the message came, by our own clock. */
  readonly receivedAt: WallMs;
}
