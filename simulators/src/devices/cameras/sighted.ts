import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Sighting } from "../camera-eye.ts";

/** A vehicle as a camera saw it, before it is put into the vendor's words. */
export interface SightedVehicle {
  readonly sighting: Sighting;
  readonly capturedAt: WallMs;
  /** A UUID. */
  readonly eventId: string;
  readonly leaving: boolean;
  /** Sent late, from what the camera had kept. */
  readonly retransmission: boolean;
}

/** One message as it goes over the wire. */
export interface HttpPayload {
  readonly contentType: string;
  readonly body: Buffer;
  /** What the firmware puts behind the address that it was given. */
  readonly path?: string;
}

export function jsonPayload(json: unknown, path?: string): HttpPayload {
  const body = Buffer.from(JSON.stringify(json));
  return { contentType: "application/json", body, ...(path === undefined ? {} : { path }) };
}

/** The camera's own wall clock as texts, `zoneMinutes` ahead of UTC. */
export function localParts(at: WallMs, zoneMinutes: number): { readonly date: string; readonly time: string } {
  const [date = "", rest = ""] = new Date(at + zoneMinutes * 60_000).toISOString().split("T");
  return { date, time: rest.replace("Z", "") };
}

/** A number that stays the same for an event, for vendors whose ids are numbers. */
export function numberOf(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 7), 16) + 1;
}
