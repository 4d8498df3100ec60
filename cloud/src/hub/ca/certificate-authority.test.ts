import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newRequest } from "../testing/test-edge.ts";
import { openCertificateAuthority } from "./certificate-authority.ts";
import { openCommandKey } from "./command-key.ts";
import { readIdentity } from "./device-identity.ts";
import { X509Crl } from "./x509.ts";

const START = 1_790_000_000_000;
let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "gatehouse-test-ca-")), "hub");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

function open(nowMs = START, serverNames: string[] = []) {
  return openCertificateAuthority({
    folder,
    realClock: { wall: () => wallMs(nowMs) },
    random: systemRandom,
    serverNames,
  });
}

const modeOf = async (file: string): Promise<number> => (await stat(join(folder, file))).mode & 0o777;

test("the CA is made once, kept for its owner only, and found again", async () => {
  const first = await open();
  expect(await modeOf("ca.key")).toBe(0o600);
  expect(await modeOf("server.key")).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const again = await open();
  expect(again.fingerprint).toBe(first.fingerprint);
  expect(again.server.cert).toBe(first.server.cert);
});

test("the server's certificate is for this machine and the names given, and is made anew when it nears its end", async () => {
  const { server, caPem } = await open(START, ["hub.example.org", "192.0.2.7"]);
  const certificate = new X509Certificate(server.cert);
  expect(certificate.verify(new X509Certificate(caPem).publicKey)).toBe(true);
  for (const name of ["localhost", "hub.example.org"]) expect(certificate.checkHost(name)).toBe(name);
  for (const address of ["127.0.0.1", "::1", "192.0.2.7"]) expect(certificate.checkIP(address)).toBeDefined();
  const names = ["hub.example.org", "192.0.2.7"];
  expect((await open(START + 300 * DAY_MS, names)).server.cert).toBe(server.cert);
  expect((await open(START + 370 * DAY_MS, names)).server.cert).not.toBe(server.cert);
  const more = await open(START + 370 * DAY_MS, [...names, "other.example.org"]);
  expect(new X509Certificate(more.server.cert).checkHost("other.example.org")).toBeDefined();
});

test("a device's certificate says who it is, lives 90 days, and takes nothing but the key from the request", async () => {
  const ca = await open();
  const { csr } = await newRequest();
  const identity = {
    operatorId: "11111111-1111-1111-1111-111111111111",
    lotId: "22222222-2222-2222-2222-222222222222",
    deviceId: "33333333-3333-3333-3333-333333333333",
  };
  const issued = await ca.issueDevice(csr, identity);
  const certificate = new X509Certificate(issued.pem);
  expect(readIdentity(certificate)).toEqual({ ...identity, certificateSerial: issued.serial });
  expect(certificate.subject).toBe(`CN=${identity.deviceId}`);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(Date.parse(certificate.validTo) - START).toBe(90 * DAY_MS);
  expect(readIdentity(new X509Certificate(ca.server.cert))).toBeNull();
});

test("a request whose signature is not its key's is refused", async () => {
  const ca = await open();
  const { csr } = await newRequest();
  const der = Buffer.from(csr.replace(/-----.*-----|\n/g, ""), "base64");
  der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  const identity = { operatorId: "o", lotId: "l", deviceId: "d" };
  await expect(ca.issueDevice(forged, identity)).rejects.toMatchObject({ code: "csr_invalid" });
  await expect(ca.issueDevice("hello", identity)).rejects.toMatchObject({ code: "csr_invalid" });
});

test("a power cut while the CA was being made does no harm, but a lost key is told", async () => {
  await open();
  await unlink(join(folder, "ca.crt"));
  expect((await open()).fingerprint).toHaveLength(43);
  await unlink(join(folder, "ca.key"));
  await expect(open()).rejects.toMatchObject({ code: "ca_unreadable" });
  await writeFile(join(folder, "ca.key"), "rubbish");
  await expect(open()).rejects.toThrow(/Restore the folder from a backup/);
});

test("the command key is made once; a damaged one is told and not replaced", async () => {
  const first = await openCommandKey(folder);
  expect(await openCommandKey(folder)).toMatchObject({ keyId: first.keyId, publicKey: first.publicKey });
  expect(await modeOf("command.key")).toBe(0o600);
  await writeFile(join(folder, "command.key"), "rubbish");
  await expect(openCommandKey(folder)).rejects.toMatchObject({ code: "command_key_unreadable" });
  expect(await readFile(join(folder, "command.key"), "utf8")).toBe("rubbish");
});

/** Upper-case hex of the serial numbers in a list. */
function revokedIn({ pem }: { pem: string }): string[] {
  return new X509Crl(pem.replaceAll("X509 CRL", "CRL")).entries.map(({ serialNumber }) => serialNumber.toUpperCase());
}

test("the revocation list names what was issued, has not expired and is not in force, also after a restart", async () => {
  const identity = {
    operatorId: "11111111-1111-1111-1111-111111111111",
    lotId: "22222222-2222-2222-2222-222222222222",
    deviceId: "33333333-3333-3333-3333-333333333333",
  };
  const first = await open();
  const issue = async (): Promise<string> => (await first.issueDevice((await newRequest()).csr, identity)).serial;
  const serials = [await issue(), await issue(), await issue()];
  const [earlier = "", present = "", stray = ""] = serials;
  expect(revokedIn(await first.revocationList(new Set([present])))).toEqual([earlier, stray]);
  expect(revokedIn(await (await open()).revocationList(new Set(serials)))).toEqual([]);
  const later = await open(START + 91 * DAY_MS);
  expect(revokedIn(await later.revocationList(new Set()))).toEqual([]);
  const { serial } = await later.issueDevice((await newRequest()).csr, identity);
  expect(await readFile(join(folder, "issued"), "utf8")).toMatch(new RegExp(`^${serial} \\d+\n$`));
});
