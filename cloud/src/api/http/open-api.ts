import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { ApiEnv } from "../api-env.ts";
import { HttpError } from "./problem.ts";

const MAX_ERRORS_TOLD = 20;

/** An app whose requests are checked by their schemas; what breaks one is told with its place. */
export function createRouter(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues
        .slice(0, MAX_ERRORS_TOLD)
        .map(({ path, message }) => ({ path: path.map(String).join("."), message }));
      const [first] = errors;
      const place = first && first.path !== "" ? `${first.path}: ` : "";
      throw new HttpError("invalid_request", 400, {
        message: `${place}${first?.message ?? "The request is not valid."}`,
        errors,
      });
    },
  });
}

/** A JSON answer of a route. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { content: { "application/json": { schema } }, description };
}

/** A JSON body of a route; it must be there. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return { content: { "application/json": { schema } }, required: true };
}

/** Every refusal of every route has this form. */
export const refusals = {
  default: { content: { "application/problem+json": { schema: problem } }, description: "A refusal (RFC 9457)" },
} as const;

export const SECURITY = [{ bearer: [] }];

export const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .openapi({ description: "The same key again gives the first answer again, and has no further effect." }),
});

export const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .optional()
    .openapi({ description: "ETag of the version that is to be changed; another one gives 412." }),
});
