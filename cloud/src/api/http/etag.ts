import { ServiceError } from "../../services/service-error.ts";

/** A version as a strong entity tag (RFC 9110, 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** The version that an If-Match header demands; null when any will do. A tag that is none of ours matches nothing. */
export function ifMatch(header: string | undefined): number | null {
  if (header === undefined || header.trim() === "*") return null;
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw new ServiceError("stale", "If-Match names no version of this; read it again.");
  return Number(version);
}
