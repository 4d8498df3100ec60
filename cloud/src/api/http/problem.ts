import type { Problem } from "@gatehouse/shared/contracts/http/problem.ts";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import { ServiceError, type ServiceErrorCode } from "../../services/service-error.ts";
import type { ApiEnv } from "../api-env.ts";

/** Codes of refusals that come from HTTP itself, not from a verb. */
export type HttpErrorCode =
  | "unauthenticated"
  | "no_such_address"
  | "method_not_allowed"
  | "malformed_json"
  | "unsupported_media_type"
  | "too_large"
  | "invalid_request"
  | "rate_limited"
  | "idempotency_mismatch"
  | "simulation_failed"
  | "internal";

/** A refusal with its status and headers, thrown by middleware. */
export class HttpError extends GatehouseError<HttpErrorCode> {
  readonly status: ContentfulStatusCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: Problem["errors"];

  constructor(
    code: HttpErrorCode,
    status: ContentfulStatusCode,
    options: { message: string; headers?: Record<string, string>; errors?: Problem["errors"] },
  ) {
    super(code, options.message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }
}

const SERVICE_STATUS: Readonly<Record<ServiceErrorCode, ContentfulStatusCode>> = {
  not_found: 404,
  forbidden: 403,
  conflict: 409,
  stale: 412,
  invalid: 422,
  unavailable: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  412: "Changed meanwhile",
  413: "Too large",
  415: "Not JSON",
  422: "Can't be done as asked",
  429: "Too many requests",
  500: "Internal error",
  502: "Bad answer from behind",
  503: "Not available now",
};

interface Refusal {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: Problem["errors"];
}

/** Any thrown thing as a problem document (RFC 9457). What isn't ours is logged whole and told as `internal`. */
export function problemResponse(error: unknown, c: Context<ApiEnv>, log: Logger): Response {
  const refusal = refusalOf(error);
  const facts = { err: error, request_id: c.get("requestId"), route: c.req.routePath };
  if (refusal.code === "internal") log.error(facts, "a request failed");
  else if (refusal.status >= 500) log.warn(facts, "a request could not be served now");
  return problem(c, refusal);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof ServiceError)
    return { status: SERVICE_STATUS[error.code], code: error.code, detail: error.message };
  if (error instanceof HttpError)
    return {
      status: error.status,
      code: error.code,
      detail: error.message,
      headers: error.headers,
      ...(error.errors ? { errors: error.errors } : {}),
    };
  if (error instanceof HTTPException && error.status === 400)
    return { status: 400, code: "malformed_json", detail: "The body is no JSON; check quotes, commas and brackets." };
  if (isUnstorableText(error))
    return {
      status: 400,
      code: "invalid_request",
      detail: "A text holds a character that can't be kept, such as NUL.",
    };
  return {
    status: 500,
    code: "internal",
    detail: "Something failed on our side. Give the request id when you ask for help.",
  };
}

/** Postgres keeps no NUL in text (22021), nor in JSON (22P05): https://www.postgresql.org/docs/17/errcodes-appendix.html */
const UNSTORABLE_TEXT = new Set(["22021", "22P05"]);

function isUnstorableText(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (UNSTORABLE_TEXT.has(errorCode(at) ?? "")) return true;
  }
  return false;
}

function problem(c: Context<ApiEnv>, { status, code, detail, headers, errors }: Refusal): Response {
  const body: Problem = {
    type: `urn:gatehouse:problem:${code}`,
    title: TITLES[status] ?? "Refused",
    status,
    detail,
    instance: `urn:gatehouse:request:${c.get("requestId")}`,
    code,
    ...(errors ? { errors } : {}),
  };
  return c.body(JSON.stringify(body), status, { ...headers, "content-type": "application/problem+json" });
}
