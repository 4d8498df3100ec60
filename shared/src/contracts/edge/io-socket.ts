import { z } from "zod";

/**
 * The input/output socket of an agent with `sim` drivers: one JSON object a line. The outside (a simulated world, a
 * judge, a test) sends inputs; the agent sends every output change. `t` is monotonic nanoseconds of the sender, as a
 * decimal string because it can pass 2^53.
 */
export const loopName = z.enum(["arming", "safety", "closing"]);
export const loopSignal = z.enum(["occupied", "clear", "fault", "unknown"]);
/** Limit inputs of the barrier's own controller. */
export const limitName = z.enum(["up", "down"]);
/** Normally closed inputs: `broken` is a cut wire and reads as active (SAFE-08). */
export const contactName = z.enum(["photo_eye", "fire"]);
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
  /** All inputs of all lanes still hold as last said; without it for `fresh_ms` they are stale. */
  z.object({ kind: z.literal("alive"), t }),
]);

export const ioOutput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("relay"), t, lane, name: z.enum(["up", "down"]), on: z.boolean() }),
  z.object({ kind: z.literal("light"), t, lane, green: z.boolean() }),
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
export type IoInput = z.infer<typeof ioInput>;
export type IoOutput = z.infer<typeof ioOutput>;
