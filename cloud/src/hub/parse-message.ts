import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { z } from "zod";

/** A message's payload by its contract; null when it is no JSON or breaks it. Unknown fields are left out. */
export function parseMessage<Schema extends z.ZodType>(schema: Schema, payload: Uint8Array): z.infer<Schema> | null {
  const parsed = schema.safeParse(parseJson(textOf(payload)));
  return parsed.success ? parsed.data : null;
}

/** The protocol version that a message says it is of; null when it says none. */
export function versionOf(payload: Uint8Array): number | null {
  const value = parseJson(textOf(payload));
  if (typeof value !== "object" || value === null || !("v" in value)) return null;
  return typeof value.v === "number" ? value.v : null;
}

/** The oldest version that the sender of a message also speaks; null when it says none. */
export function oldestVersionOf(payload: Uint8Array): number | null {
  const value = parseJson(textOf(payload));
  if (typeof value !== "object" || value === null || !("oldest_v" in value)) return null;
  return typeof value.oldest_v === "number" ? value.oldest_v : null;
}

function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
}
