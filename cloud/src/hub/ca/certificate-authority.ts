import { createHash, createPrivateKey, X509Certificate as ReadCertificate, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { DeviceIdentity } from "./device-identity.ts";
import { type Issuer, issueCa, issueClient, issueCrl, issueDevice, issueServer, KEY_ALGORITHM } from "./issue.ts";
import { openIssuedLog } from "./issued-log.ts";
import { makePrivateFolder, readIfPresent, writePrivately } from "./private-files.ts";
import { PemConverter, X509Certificate } from "./x509.ts";

/** A server certificate with less left than this at start is replaced. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];

export interface IssuedCertificate {
  readonly pem: string;
  /** Upper-case hex, as OpenSSL writes it. */
  readonly serial: string;
  /** Real time, ms. */
  readonly notAfter: number;
}

export interface CertificateAuthority {
  readonly caPem: string;
  /** SHA-256 of the CA certificate's DER, base64url: what enrolment tokens carry. */
  readonly fingerprint: string;
  /** For the broker's and the provisioning server's TLS. */
  readonly server: { readonly key: string; readonly cert: string };
  /** Signs a device's request. Throws `csr_invalid`. */
  issueDevice(csrPem: string, identity: DeviceIdentity): Promise<IssuedCertificate>;
  /** A key and a certificate, good for a day, for a client of a broker that is no device. */
  issueClient(name: string): Promise<{ readonly key: string; readonly cert: string }>;
  /**
   * The list of all certificates that devices were given, that have not expired, and that are not among the serial
   * numbers `inForce`: those of revoked devices, and the earlier ones of devices that were enrolled anew.
   */
  revocationList(inForce: ReadonlySet<string>): Promise<{ readonly serials: readonly string[]; readonly pem: string }>;
}

export interface CertificateAuthorityOptions {
  /** Folder of the hub's keys. */
  readonly folder: string;
  /** Real time: certificates are checked by machines, whatever a simulated clock says. */
  readonly realClock: Pick<Clock, "wall">;
  readonly random: Random;
  /** Host names and addresses that edges use for the hub, beside those of this machine. */
  readonly serverNames: readonly string[];
}

interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * Opens the CA in `folder`, making it at the first start. The server's certificate is made anew when it nears its end or
 * lacks a name. Throws `ca_unreadable`.
 */
export async function openCertificateAuthority(options: CertificateAuthorityOptions): Promise<CertificateAuthority> {
  const { folder, realClock, random } = options;
  await makePrivateFolder(folder);
  const ca = (await readPair(folder, "ca")) ?? (await makeCa(options));
  const issuer = await readIssuer(folder, ca);
  const server = await openServer(options, issuer);
  const issued = openIssuedLog(folder);
  return {
    caPem: ca.cert,
    fingerprint: fingerprintOf(issuer.certificate),
    server,
    issueDevice: async (csrPem, identity) => {
      const nowMs = realClock.wall();
      const certificate = issuedOf(await issueDevice(csrPem, identity, { issuer, nowMs, random }));
      await issued.add(certificate, nowMs);
      return certificate;
    },
    issueClient: async (name) => {
      const keys = await newKeys();
      const certificate = await issueClient(keys.publicKey, name, { issuer, nowMs: realClock.wall(), random });
      return { key: await keyPem(keys), cert: certPem(certificate) };
    },
    revocationList: async (inForce) => {
      const nowMs = realClock.wall();
      const serials = (await issued.goodAt(nowMs)).filter((serial) => !inForce.has(serial));
      return { serials, pem: await issueCrl(serials, { issuer, nowMs }) };
    },
  };
}

async function makeCa({ folder, realClock, random }: CertificateAuthorityOptions): Promise<KeyAndCertificate> {
  const keys = await newKeys();
  const certificate = await issueCa(keys, realClock.wall(), random);
  return writePair(folder, "ca", { key: await keyPem(keys), cert: certPem(certificate) });
}

async function openServer(options: CertificateAuthorityOptions, issuer: Issuer): Promise<KeyAndCertificate> {
  const { folder, realClock, random } = options;
  const names = [...new Set([...LOCAL_NAMES, ...options.serverNames])];
  const nowMs = realClock.wall();
  const held = await readPair(folder, "server");
  if (held && isServerGood(held, names, issuer, nowMs)) return held;
  const keys = await newKeys();
  const certificate = await issueServer(keys.publicKey, names, { issuer, nowMs, random });
  return writePair(folder, "server", { key: await keyPem(keys), cert: certPem(certificate) });
}

function isServerGood(held: KeyAndCertificate, names: readonly string[], issuer: Issuer, nowMs: number): boolean {
  try {
    const certificate = new ReadCertificate(held.cert);
    const isOurs = certificate.verify(new ReadCertificate(issuer.certificate.toString("pem")).publicKey);
    const lastsMs = Date.parse(certificate.validTo) - nowMs;
    return isOurs && names.every((name) => isFor(certificate, name)) && lastsMs > RENEW_BEFORE_MS;
  } catch {
    return false;
  }
}

function isFor(certificate: ReadCertificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

/** The key is written first: a key without a certificate has never signed anything and is made anew. */
async function writePair(folder: string, name: string, pair: KeyAndCertificate): Promise<KeyAndCertificate> {
  await writePrivately(join(folder, `${name}.key`), pair.key);
  await writePrivately(join(folder, `${name}.crt`), pair.cert);
  return pair;
}

async function readPair(folder: string, name: string): Promise<KeyAndCertificate | null> {
  const cert = await readIfPresent(join(folder, `${name}.crt`));
  const key = await readIfPresent(join(folder, `${name}.key`));
  if (cert === null) return null;
  if (key === null) throw unreadable(folder, new Error(`${name}.key is missing`));
  return { key, cert };
}

async function readIssuer(folder: string, { key, cert }: KeyAndCertificate): Promise<Issuer> {
  try {
    const pkcs8 = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
    const privateKey = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), KEY_ALGORITHM, false, ["sign"]);
    return { certificate: new X509Certificate(cert), privateKey };
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
}

async function keyPem({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");
}

/** With its line end, so that certificates can be strung together to a chain. */
function certPem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(new Uint8Array(certificate.rawData)).digest("base64url");
}

function issuedOf(certificate: X509Certificate): IssuedCertificate {
  return {
    pem: certPem(certificate),
    serial: certificate.serialNumber.toUpperCase(),
    notAfter: certificate.notAfter.getTime(),
  };
}

function unreadable(folder: string, cause: unknown): GatehouseError {
  return new GatehouseError(
    "ca_unreadable",
    `The hub's certificate authority in ${folder} can't be read. Restore the folder from a backup; or move it away and ` +
      "start again, and then enrol every edge anew.",
    { cause },
  );
}
