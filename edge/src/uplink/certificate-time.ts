import { X509Certificate } from "node:crypto";
import { checkServerIdentity } from "node:tls";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";

/** What is known of the time, for judging the dates of certificates. */
export interface CertificateTime {
  /** This computer's clock is known to be right: then its word counts alone. */
  readonly isClockTrusted: boolean;
  /** The latest time that was trusted; it is that late at least (SYNC-13). */
  readonly floor: WallMs;
}

export const TRUSTED_CLOCK = (): CertificateTime => ({ isClockTrusted: true, floor: 0 as WallMs });

/** Errors of OpenSSL that a wrong clock makes (X509_verify_cert_error_string(3)). */
const DATE_ERRORS = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);
/** id-kp-serverAuth (RFC 5280, 4.2.1.12): a device's certificate of the same CA does not have it. */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

export interface PresentedCertificate {
  /** Why TLS did not accept it. */
  readonly code: string;
  readonly leaf: X509Certificate;
  /** PEM of the one CA that may have signed it. */
  readonly ca: string;
  readonly hostname: string;
}

/**
 * Whether a hub's certificate that TLS refused may be accepted after all: the clock of this computer is not trusted, only
 * the dates are wrong by it, and they have not ended before the last time that was trusted. A clock in 1970 or 2099 would
 * otherwise keep the edge from the cloud, which alone can tell it the time. OpenSSL names one error of perhaps several,
 * so everything else is looked at again here: the signature of the pinned CA itself, purpose and name.
 */
export function mayAcceptDates(time: CertificateTime, { code, leaf, ca, hostname }: PresentedCertificate): boolean {
  if (time.isClockTrusted || !DATE_ERRORS.has(code)) return false;
  const issuer = new X509Certificate(ca);
  const isSigned = issuer.ca && leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  const isServer = !leaf.ca && (leaf.keyUsage ?? []).includes(SERVER_AUTH);
  const isNamed = checkServerIdentity(hostname, leaf.toLegacyObject()) === undefined;
  const hasEnded = [leaf, issuer].some((one) => one.validToDate.getTime() < time.floor);
  return isSigned && isServer && isNamed && !hasEnded;
}
