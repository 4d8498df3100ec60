import type { X509Certificate } from "node:crypto";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

/** Who an edge is, by its certificate and by nothing else. */
export interface DeviceIdentity {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly deviceId: Uuid;
}

export interface CertificateIdentity extends DeviceIdentity {
  /** Serial number of the certificate, upper-case hex as OpenSSL writes it. */
  readonly certificateSerial: string;
}

const UUID = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})";
/** The whole extension: a certificate of ours has this one name. Node writes names as `KIND:value, KIND:value`. */
const ALTERNATIVE_NAME = new RegExp(`^URI:urn:gatehouse:${UUID}:${UUID}:${UUID}$`);

/** The name that a device's certificate carries as a URI. */
export function identityUrn({ operatorId, lotId, deviceId }: DeviceIdentity): string {
  return `urn:gatehouse:${operatorId}:${lotId}:${deviceId}`;
}

/** Reads a device's identity; null for a certificate that is not a device's (the hub's own server, for one). */
export function readIdentity(certificate: X509Certificate): CertificateIdentity | null {
  const [, operatorId, lotId, deviceId] = ALTERNATIVE_NAME.exec(certificate.subjectAltName ?? "") ?? [];
  if (!operatorId || !lotId || !deviceId) return null;
  return { operatorId, lotId, deviceId, certificateSerial: certificate.serialNumber };
}
