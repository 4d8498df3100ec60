import { z } from "zod";

/**
 * The input/output socket of an agent with `sim` drivers: one JSON object a line. The outside (a simulated world, a
 * judge, a test) sends inputs; the agent sends every output change. `t` is monotonic nanoseconds of the sender, as a
 * decimal string because it can pass 2^53.
 */
export const loopName = z.enum(["arming", "safety", "closing", "safety_b"]);
/** `restarted`: the detector lost power or was tuned anew, so it does not see a vehicle that stands there (SAFE-15). */
export const loopSignal = z.enum(["occupied", "clear", "fault", "unknown", "restarted"]);
/** Limit inputs of the barrier's own controller. */
export const limitName = z.enum(["up", "down"]);
/**
 * Normally closed inputs: `broken` is a cut wire and reads as active (SAFE-08). `outputs_enabled` is the selector of a
 * standby pair: closed while this agent is the one that drives the outputs (SAFE-19).
 */
export const contactName = z.enum([
  "photo_eye",
  "fire",
  "photo_eye_b",
  "safety_edge",
  "cabinet_door",
  "key_switch",
  "outputs_enabled",
]);
/** Devices that can have a test input, which makes them go active as if something were there (SAFE-13). */
export const testedName = z.enum(["photo_eye", "photo_eye_b", "safety_edge"]);
export const contactSignal = z.enum(["closed", "open", "broken"]);

const t = z.string().regex(/^\d+$/);
const lane = z.string();

export const ioInput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loop"), t, lane, name: loopName, signal: loopSignal }),
  z.object({ kind: z.literal("limit"), t, lane, name: limitName, active: z.boolean() }),
  z.object({ kind: z.literal("contact"), t, lane, name: contactName, signal: contactSignal }),
  z.object({
    kind: z.literal("terminal"),
    t,
    lane,
    result: z.enum(["approved", "declined", "cancelled"]),
    request_id: z.string(),
    reference: z.string().max(64),
    method: z.enum(["credit_card", "mobile_payment", "cash"]),
  }),
  /** A push button for the driver. */
  z.object({ kind: z.literal("press"), t, lane, name: z.enum(["ticket", "help"]) }),
  /** A reader has read a code, a card's number or a PIN. */
  z.object({
    kind: z.literal("scan"),
    t,
    lane,
    medium: z.enum(["qr", "ticket", "card", "pin"]),
    code: z.string().min(1).max(512),
  }),
  /** State of the ticket printer's paper and mechanics. */
  z.object({
    kind: z.literal("printer"),
    t,
    lane,
    state: z.enum(["ready", "paper_low", "paper_out", "jammed", "offline"]),
  }),
  /** What became of a ticket that was asked for. */
  z.object({
    kind: z.literal("ticket"),
    t,
    lane,
    job_id: z.string().max(128),
    result: z.enum(["presented", "taken", "failed"]),
  }),
  /** The call centre's side of a call. */
  z.object({
    kind: z.literal("intercom"),
    t,
    lane,
    call_id: z.string().max(128),
    state: z.enum(["answered", "ended", "failed"]),
  }),
  /** All inputs of all lanes still hold as last said; without it for `fresh_ms` they are stale. */
  z.object({ kind: z.literal("alive"), t }),
]);

export const ioOutput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("relay"), t, lane, name: z.enum(["up", "down"]), on: z.boolean() }),
  z.object({ kind: z.literal("light"), t, lane, green: z.boolean() }),
  /** The test input of a monitored device: while it is on, the device has to go active (SAFE-13). */
  z.object({ kind: z.literal("test"), t, lane, name: testedName, on: z.boolean() }),
  z.object({ kind: z.literal("display"), t, lane, key: z.string(), text: z.string() }),
  z.object({
    kind: z.literal("terminal"),
    t,
    lane,
    request_id: z.string(),
    amount_minor: z.int(),
    currency: z.string(),
    /** False takes the request back. */
    active: z.boolean(),
  }),
  /** The printer is to print this; it is answered by `ticket` inputs of the same job. */
  z.object({
    kind: z.literal("ticket"),
    t,
    lane,
    job_id: z.string(),
    code: z.string(),
    lines: z.array(z.string()),
  }),
  /** The lane calls the operator, or hangs up. */
  z.object({
    kind: z.literal("intercom"),
    t,
    lane,
    call_id: z.string(),
    state: z.enum(["calling", "ended"]),
    reason: z.string(),
  }),
  /** Sent on connect: the agent's boot and its lanes. */
  z.object({ kind: z.literal("welcome"), t, boot: z.string(), lanes: z.array(z.string()) }),
  /** An input line that could not be understood; the line is ignored. */
  z.object({ kind: z.literal("rejected"), t, message: z.string() }),
]);

export type LoopName = z.infer<typeof loopName>;
export type LoopSignal = z.infer<typeof loopSignal>;
export type LimitName = z.infer<typeof limitName>;
export type ContactName = z.infer<typeof contactName>;
export type ContactSignal = z.infer<typeof contactSignal>;
export type TestedName = z.infer<typeof testedName>;
export type IoInput = z.infer<typeof ioInput>;
export type IoOutput = z.infer<typeof ioOutput>;
