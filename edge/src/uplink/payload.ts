import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { z } from "zod";

/** The JSON object in a message's payload, checked; null when it is none. */
export function parsePayload<T>(payload: Uint8Array, schema: z.ZodType<T>): T | null {
  return schema.safeParse(parseJson(textOf(payload))).data ?? null;
}

/** A payload as text; bytes that are no UTF-8 become replacement characters, which no signature survives. */
export function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}
