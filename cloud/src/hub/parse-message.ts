import type { z } from "zod";

/** A message's payload by its contract; null when it is no JSON or breaks it. Unknown fields are left out. */
export function parseMessage<Schema extends z.ZodType>(schema: Schema, payload: Uint8Array): z.infer<Schema> | null {
  const parsed = schema.safeParse(parseJson(payload));
  return parsed.success ? parsed.data : null;
}

/** The protocol version that a message says it is of; null when it says none. */
export function versionOf(payload: Uint8Array): number | null {
  const value = parseJson(payload);
  if (typeof value !== "object" || value === null || !("v" in value)) return null;
  return typeof value.v === "number" ? value.v : null;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
  } catch {
    return undefined;
  }
}
