import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { z } from "zod";
import { HttpError } from "./problem.ts";

/** The place in a list where the next page begins, as opaque text. */
export function encodeCursor(place: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** Reads a cursor back; null without one. Throws 400 for a text that is none of ours. */
export function decodeCursor<Place>(schema: z.ZodType<Place>, text: string | undefined): Place | null {
  if (text === undefined) return null;
  const parsed = schema.safeParse(parseJson(Buffer.from(text, "base64url").toString("utf8")));
  if (parsed.success) return parsed.data;
  throw new HttpError("invalid_request", 400, {
    message: "cursor is none that this list gave; begin at the first page.",
  });
}

/** One page out of up to `limit + 1` items: whether there is a further page shows in the item too many. */
export function toPage<Item>(
  items: readonly Item[],
  limit: number,
  placeOf: (last: Item) => Readonly<Record<string, string>>,
): { data: Item[]; next_cursor: string | null } {
  const data = items.slice(0, limit);
  const last = data.at(-1);
  return { data, next_cursor: items.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null };
}
