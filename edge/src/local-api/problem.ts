import type { Problem } from "@gatehouse/shared/contracts/http/problem.ts";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** Answers with RFC 9457 problem details. */
export function problem(context: Context, status: ContentfulStatusCode, code: string, detail: string): Response {
  const body: Problem = { type: "about:blank", title: code.replaceAll("_", " "), status, code, detail };
  return context.json(body, status, { "content-type": "application/problem+json" });
}
