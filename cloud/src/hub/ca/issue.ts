import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { DAY_MS, HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { type DeviceIdentity, identityUrn } from "./device-identity.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "./x509.ts";

export const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING_ALGORITHM = { name: "ECDSA", hash: "SHA-256" } as const;

const CA_LIFE_MS = 3_650 * DAY_MS;
const SERVER_LIFE_MS = 397 * DAY_MS;
/** A stolen key of an edge is worth nothing after that. */
export const DEVICE_LIFE_MS = 90 * DAY_MS;
/** Of the hub's own connection to a broker, which makes a new one each time. */
const CLIENT_LIFE_MS = DAY_MS;
/** A broker that gets no newer list by then refuses all clients. */
const CRL_LIFE_MS = 30 * DAY_MS;
/** Certificates begin a little in the past, for clocks of edges that go slow. */
const BACKDATE_MS = HOUR_MS;
const SERIAL_BYTES = 16;

/** Who signs: the CA's certificate and private key. */
export interface Issuer {
  readonly certificate: X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

export interface IssueOptions {
  readonly issuer: Issuer;
  /** Real time, ms. */
  readonly nowMs: number;
  readonly random: Random;
}

/** A self-signed CA certificate that can sign end certificates only. */
export async function issueCa(keys: webcrypto.CryptoKeyPair, nowMs: number, random: Random): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(random),
    name: "CN=Gatehouse development CA",
    keys,
    ...lifeOf(nowMs, CA_LIFE_MS),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** The certificate of the hub's broker and provisioning servers, for host names and addresses. */
export async function issueServer(
  publicKey: webcrypto.CryptoKey,
  names: readonly string[],
  options: IssueOptions,
): Promise<X509Certificate> {
  return issue(publicKey, options, {
    subject: "CN=Gatehouse hub",
    lifeMs: SERVER_LIFE_MS,
    usage: ExtendedKeyUsage.serverAuth,
    names: names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
  });
}

/** The certificate of an edge: its id as common name, its whole identity as URI. Only the request's key is taken. */
export async function issueDevice(
  csrPem: string,
  identity: DeviceIdentity,
  options: IssueOptions,
): Promise<X509Certificate> {
  return issue(await provenKey(csrPem), options, {
    subject: `CN=${identity.deviceId}`,
    lifeMs: DEVICE_LIFE_MS,
    usage: ExtendedKeyUsage.clientAuth,
    names: [{ type: "url", value: identityUrn(identity) }],
  });
}

/** The certificate of a client of a broker that is no device: its name is all that it says. */
export async function issueClient(
  publicKey: webcrypto.CryptoKey,
  name: string,
  options: IssueOptions,
): Promise<X509Certificate> {
  const names = [{ type: "dns" as const, value: name }];
  return issue(publicKey, options, {
    subject: `CN=${name}`,
    lifeMs: CLIENT_LIFE_MS,
    usage: ExtendedKeyUsage.clientAuth,
    names,
  });
}

/** The list of certificates that are no longer good, in PEM (RFC 5280, 5). `serials` in hex. */
export async function issueCrl(
  serials: readonly string[],
  { issuer, nowMs }: Omit<IssueOptions, "random">,
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: new Date(nowMs),
    nextUpdate: new Date(nowMs + CRL_LIFE_MS),
    entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(nowMs) })),
    extensions: [await AuthorityKeyIdentifierExtension.create(issuer.certificate)],
    signingKey: issuer.privateKey,
    signingAlgorithm: SIGNING_ALGORITHM,
  });
  return `${PemConverter.encode(list.rawData, "X509 CRL")}\n`;
}

interface EndCertificate {
  readonly subject: string;
  readonly lifeMs: number;
  readonly usage: ExtendedKeyUsage;
  readonly names: readonly { readonly type: "dns" | "ip" | "url"; readonly value: string }[];
}

async function issue(
  publicKey: webcrypto.CryptoKey,
  options: IssueOptions,
  end: EndCertificate,
): Promise<X509Certificate> {
  const { issuer, nowMs, random } = options;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([end.usage]),
    new SubjectAlternativeNameExtension([...end.names]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.certificate),
  ];
  return X509CertificateGenerator.create({
    serialNumber: newSerial(random),
    subject: end.subject,
    issuer: issuer.certificate.subject,
    ...lifeOf(nowMs, end.lifeMs),
    publicKey,
    signingKey: issuer.privateKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions,
  });
}

/** The public key of a request whose sender has shown to hold the private one. Throws `csr_invalid`. */
async function provenKey(csrPem: string): Promise<webcrypto.CryptoKey> {
  try {
    const request = new Pkcs10CertificateRequest(csrPem);
    const key = await request.publicKey.export(KEY_ALGORITHM, ["verify"]);
    if (await request.verify()) return key;
  } catch (error) {
    throw invalidRequest(error);
  }
  throw invalidRequest(undefined);
}

function invalidRequest(cause: unknown): GatehouseError {
  return new GatehouseError(
    "csr_invalid",
    "The certificate request must be PKCS #10 in PEM, signed with its own EC P-256 key.",
    { cause },
  );
}

function lifeOf(nowMs: number, lifeMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - BACKDATE_MS), notAfter: new Date(nowMs + lifeMs) };
}

/** 127 random bits: positive, and never zero in its first byte (RFC 5280, 4.1.2.2). */
function newSerial(random: Random): string {
  const bytes = random.bytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
