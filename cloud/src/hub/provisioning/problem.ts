import type { Problem } from "@gatehouse/shared/contracts/http/problem.ts";
import type { Context } from "hono";

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 500;

/** An answer of RFC 9457 that says why an edge does not get what it asked for. */
export function problem(
  c: Context,
  status: ProblemStatus,
  { code, detail }: Pick<Problem, "code" | "detail">,
): Response {
  const body: Problem = { type: "about:blank", title: "Refused", status, code, ...(detail ? { detail } : {}) };
  return c.json(body, status, { "content-type": "application/problem+json" });
}
