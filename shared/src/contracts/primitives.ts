import { z } from "zod";

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a UUID in lower case");
/** RFC 3339 instant, any offset. */
export const instant = z.iso.datetime({ offset: true });
/** Milliseconds since the epoch, as an integer. */
export const epochMs = z.int();
/** ISO 4217. */
export const currency = z.string().regex(/^[A-Z]{3}$/, "must be a three-letter ISO 4217 code");
/** Integer minor units of the currency that stands beside it. */
export const amountMinor = z.int();
/** SHA-256 in lower-case hex. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
/** A short name that people type and that stands in topics and file names. */
export const code = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use a-z, 0-9 and -, at most 63 characters");
export const count = z.int().nonnegative();

export const direction = z.enum(["entry", "exit"]);
export const laneDirection = z.enum(["entry", "exit", "reversible"]);
export const spotType = z.enum(["standard", "disabled", "ev"]);
export const spotStatus = z.enum(["available", "occupied", "reserved", "out_of_service"]);
export const movementOutcome = z.enum(["passed", "backed_out", "tailgated", "not_seen"]);
export const decisionOutcome = z.enum(["admit", "refuse", "ask"]);
export const sessionStatus = z.enum(["open", "paid", "closed", "voided"]);
/** What is cut off, seen from the edge; `online` is none of the other four. */
export const linkState = z.enum(["online", "cloud_down", "network_down", "gateway_down", "degraded"]);
/** How far a wall time can be trusted (SYNC-13). */
export const clockQuality = z.enum(["synced", "holdover", "unknown"]);

export type Direction = z.infer<typeof direction>;
export type LaneDirection = z.infer<typeof laneDirection>;
export type SpotType = z.infer<typeof spotType>;
export type SpotStatus = z.infer<typeof spotStatus>;
export type MovementOutcome = z.infer<typeof movementOutcome>;
export type DecisionOutcome = z.infer<typeof decisionOutcome>;
export type SessionStatus = z.infer<typeof sessionStatus>;
export type LinkState = z.infer<typeof linkState>;
export type ClockQuality = z.infer<typeof clockQuality>;

/** Whether this platform knows a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
