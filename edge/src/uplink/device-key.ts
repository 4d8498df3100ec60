import { webcrypto } from "node:crypto";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "./x509.ts";

const EC_P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new key of this device and the request (PKCS #10, PEM) for a certificate over it. */
export interface DeviceKey {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly csr: string;
}

/** Makes an EC P-256 key on this device; the name in the request is only a hint, the hub writes its own. */
export async function makeDeviceKey(serial: string): Promise<DeviceKey> {
  const keys = await webcrypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [serial] }],
    keys,
    signingAlgorithm: EC_P256,
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { privateKey: PemConverter.encode(pkcs8, "PRIVATE KEY"), csr: request.toString("pem") };
}
