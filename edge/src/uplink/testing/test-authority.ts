import { createHash, webcrypto } from "node:crypto";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { makeDeviceKey } from "../device-key.ts";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "../x509.ts";

const EC_P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** How long a certificate is valid, from now, in ms; negative lies in the past. */
export interface Life {
  readonly fromMs: number;
  readonly toMs: number;
}

const ONE_DAY: Life = { fromMs: -HOUR_MS, toMs: DAY_MS };

/** A certificate authority that lives as long as a test. */
export class TestAuthority {
  readonly certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.certificate = certificate;
    this.#keys = keys;
  }

  static async make(name = "Test CA"): Promise<TestAuthority> {
    const keys = await webcrypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: `CN=${name}`,
      ...datesOf({ fromMs: -HOUR_MS, toMs: DAY_MS }),
      signingAlgorithm: EC_P256,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    });
    return new TestAuthority(certificate, keys);
  }

  get pem(): string {
    return this.certificate.toString("pem");
  }

  /** SHA-256 of the certificate's DER, base64url, as tokens carry it. */
  get fingerprint(): string {
    return createHash("sha256").update(new Uint8Array(this.certificate.rawData)).digest("base64url");
  }

  async server(life = ONE_DAY): Promise<KeyAndCertificate> {
    const keys = await webcrypto.subtle.generateKey(EC_P256, true, ["sign", "verify"]);
    const names = [
      { type: "ip" as const, value: "127.0.0.1" },
      { type: "dns" as const, value: "localhost" },
    ];
    const cert = await this.#sign("CN=hub", keys.publicKey, life, [
      new SubjectAlternativeNameExtension(names),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ]);
    return {
      key: PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"),
      cert,
    };
  }

  async device(deviceId: string, life = ONE_DAY): Promise<KeyAndCertificate> {
    const { privateKey, csr } = await makeDeviceKey("serial");
    return { key: privateKey, cert: await this.signRequest(csr, deviceId, life) };
  }

  async signRequest(csr: string, deviceId: string, life = ONE_DAY): Promise<string> {
    const key = await new Pkcs10CertificateRequest(csr).publicKey.export(EC_P256, ["verify"]);
    return this.#sign(`CN=${deviceId}`, key, life, []);
  }

  async #sign(subject: string, publicKey: webcrypto.CryptoKey, life: Life, extensions: Extension[]): Promise<string> {
    const certificate = await X509CertificateGenerator.create({
      serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString("hex"),
      subject,
      issuer: this.certificate.subject,
      ...datesOf(life),
      publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: EC_P256,
      extensions,
    });
    return certificate.toString("pem");
  }
}

function datesOf({ fromMs, toMs }: Life): { notBefore: Date; notAfter: Date } {
  const now = systemClock().wall();
  return { notBefore: new Date(now + fromMs), notAfter: new Date(now + toMs) };
}
