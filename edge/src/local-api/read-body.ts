import type { Context } from "hono";
import type { z } from "zod";

/** The request's JSON by a schema, or what is wrong with it in one line. */
export async function readBody<T>(
  context: Context,
  schema: z.ZodType<T>,
): Promise<{ success: true; data: T } | { success: false; message: string }> {
  const json: unknown = await context.req.json().catch(() => null);
  const parsed = schema.safeParse(json);
  if (parsed.success) return { success: true, data: parsed.data };
  return {
    success: false,
    message: parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`).join("; "),
  };
}
