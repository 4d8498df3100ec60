import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/**
 * Why a verb refused. `not_found`: absent, or another operator's: the two look the same. `forbidden`: the caller's role
 * doesn't do this at all. `conflict`: it clashes with what is there. `stale`: the caller acted on an older version.
 * `invalid`: the request contradicts itself or the lot's data. `unavailable`: a part this needs is not there now.
 */
export type ServiceErrorCode = "not_found" | "forbidden" | "conflict" | "stale" | "invalid" | "unavailable";

/** A refusal in words for the caller; each transport maps the code once. */
export class ServiceError extends GatehouseError<ServiceErrorCode> {}

/** The one answer for what is absent and for what belongs to somebody else. */
export function notFound(what: string): ServiceError {
  return new ServiceError("not_found", `There is no such ${what}.`);
}
