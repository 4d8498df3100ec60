import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";

/**
 * - `network_unreachable`: no connection to the hub's address: cable, router, provider, name or port.
 * - `tls_refused`: somebody answers, but the hub's certificate or ours is not accepted.
 * - `broker_refused`: TLS is up, but MQTT was refused or did not answer.
 * - `subscription_refused`: the broker does not let us listen to our lot.
 * - `connection_lost`: a connection that had worked ended.
 */
const LINK_ERROR_CODES = [
  "network_unreachable",
  "tls_refused",
  "broker_refused",
  "subscription_refused",
  "connection_lost",
] as const;
export type LinkErrorCode = (typeof LINK_ERROR_CODES)[number];

export type LinkError = GatehouseError<LinkErrorCode>;

/** Whether something thrown is a fault of the link with a code of ours. */
export function isLinkError(error: unknown): error is LinkError {
  return error instanceof GatehouseError && LINK_ERROR_CODES.some((code) => code === error.code);
}

/** Faults of the way to the hub, not of the hub. */
const NETWORK_CODES = new Set([
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** What to do about the codes of OpenSSL and Node that technicians meet most. */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The hub's certificate has expired, or this computer's clock is wrong.",
  CERT_NOT_YET_VALID: "The hub's certificate is not valid yet: check this computer's clock.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The hub's certificate is not from the CA of this edge's enrolment.",
  SELF_SIGNED_CERT_IN_CHAIN: "The hub's certificate is not from the CA of this edge's enrolment.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The hub's certificate is not from the CA of this edge's enrolment.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The hub's certificate is not from the CA of this edge's enrolment.",
  CERT_SIGNATURE_FAILURE: "The hub's certificate is not from the CA of this edge's enrolment.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The hub's certificate is for another name than the address in use.",
};

/** A failure while the TLS connection was being made. */
export function tlsFailure(error: unknown, address: string): LinkError {
  const code = errorCode(error) ?? "";
  if (NETWORK_CODES.has(code)) return unreachable(address, code, error);
  return new GatehouseError("tls_refused", `${tlsAdvice(code)} (${address}: ${code || errorMessage(error)})`, {
    cause: error,
    details: { address, code },
  });
}

/** The hub's address gave no answer. */
export function unreachable(address: string, code: string, cause?: unknown): LinkError {
  return new GatehouseError(
    "network_unreachable",
    `${address} can't be reached (${code}): check network and address.`,
    {
      cause,
      details: { address, code },
    },
  );
}

/** CONNACK return codes (MQTT 3.1.1, 3.2.2.3) that somebody can do something about. */
const CONNACK_ADVICE: Readonly<Record<number, string>> = {
  2: "it knows this certificate under another device; enrol this edge anew",
  3: "it is not ready yet",
  5: "it no longer admits this edge: revoked, replaced or unknown; enrol it anew",
};

/**
 * The connection ended before MQTT was accepted; `error` is null when the hub just closed it. With TLS 1.3 its refusal of
 * our certificate comes only here, after the handshake looks done to us (RFC 8446, appendix E.1).
 */
export function mqttFailure(error: Error | null, address: string): LinkError {
  const code = errorCode(error) ?? "";
  if (error === null || code.startsWith("ERR_SSL_") || NETWORK_CODES.has(code)) {
    const message =
      `The hub at ${address} closed the connection when it saw this edge's certificate, which may be expired, revoked or ` +
      "from another CA: look at its dates, or enrol this edge anew.";
    return new GatehouseError("tls_refused", message, { cause: error, details: { address, code } });
  }
  const advice = "code" in error && typeof error.code === "number" ? CONNACK_ADVICE[error.code] : undefined;
  const message = `The hub at ${address} did not accept the connection: ${advice ?? error.message}.`;
  return new GatehouseError("broker_refused", message, { cause: error, details: { address } });
}

function tlsAdvice(code: string): string {
  if (code.startsWith("ERR_SSL_") && code.includes("ALERT"))
    return "The hub does not accept this edge's certificate; enrol anew.";
  return TLS_ADVICE[code] ?? "No secure connection to the hub.";
}
