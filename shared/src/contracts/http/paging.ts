import { z } from "zod";

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;

/** Query of every list: `next_cursor` of one page is `cursor` of the next. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  cursor: z.string().max(512).optional(),
};

/** A page of a list; `next_cursor` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
