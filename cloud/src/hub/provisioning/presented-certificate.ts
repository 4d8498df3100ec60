import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { PresentedCertificate } from "../../services/devices/renew.ts";
import { readIdentity } from "../ca/device-identity.ts";

/**
 * The device's certificate that a client has shown, whatever its dates: the handshake has proven that the client holds its
 * key (RFC 8446, 4.4.3). Null for a client without one, or with one that is not a device's or not of our CA.
 */
export function presentedCertificate(
  socket: Pick<TLSSocket, "getPeerX509Certificate">,
  caPem: string,
): PresentedCertificate | null {
  const leaf = socket.getPeerX509Certificate();
  const issuer = new X509Certificate(caPem);
  if (!leaf || leaf.ca || !leaf.checkIssued(issuer) || !leaf.verify(issuer.publicKey)) return null;
  const identity = readIdentity(leaf);
  if (identity === null) return null;
  return { ...identity, notBefore: leaf.validFromDate.getTime(), notAfter: leaf.validToDate.getTime() };
}
