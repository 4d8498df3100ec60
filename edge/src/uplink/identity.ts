import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { enrolmentAnswer } from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { z } from "zod";
import { moveDurably, writeFileDurably } from "./durable-file.ts";

/** One file, so that key and certificate always belong together. */
const storedIdentity = enrolmentAnswer.extend({
  private_key: z.string(),
  /** Absent in files of agents that could not renew. */
  provisioning_url: z.string().optional(),
});
type StoredIdentity = z.infer<typeof storedIdentity>;

/** Who this edge is: what enrolment gave it, with the key that never left it. PEM texts. */
export interface Identity {
  readonly deviceId: string;
  readonly operatorId: string;
  readonly lotId: string;
  readonly epoch: number;
  readonly privateKey: string;
  readonly certificate: string;
  readonly ca: string;
  readonly mqttUrl: string;
  /** Where this edge enrolled, and renews its certificate; null when that was not kept. */
  readonly provisioningUrl: string | null;
  readonly commandKey: { readonly keyId: string; readonly publicKey: string };
}

export type IdentityErrorCode =
  | "identity_missing"
  | "identity_unreadable"
  /** The certificate is for another key. */
  | "key_mismatch"
  /** The certificate is not signed by the CA that came with it. */
  | "wrong_ca"
  | "wrong_device"
  | "certificate_expired"
  | "certificate_not_yet_valid";

export type IdentityError = GatehouseError<IdentityErrorCode>;

const IDENTITY_FILE = "identity.json";
/** With a renewed certificate and its key, until the hub has agreed that they are in use. */
const RENEWED_FILE = "identity-renewed.json";

/** Reads and checks the identity in `directory`; its period of validity is judged by `certificateState`, not here. */
export function loadIdentity(directory: string): Result<Identity, IdentityError> {
  return loadFrom(join(directory, IDENTITY_FILE));
}

/** The renewed identity beside the one in use; null when there is none that belongs to it. */
export function loadRenewed(directory: string, { deviceId, epoch }: Identity): Identity | null {
  const stored = loadFrom(join(directory, RENEWED_FILE));
  return stored.ok && stored.value.deviceId === deviceId && stored.value.epoch === epoch ? stored.value : null;
}

/** Keeps a renewed identity beside the one in use, whole or not at all. */
export function saveRenewed(directory: string, identity: Identity): void {
  writeFileDurably(join(directory, RENEWED_FILE), JSON.stringify(toStored(identity)));
}

/** Makes the renewed identity the one in use, in one step that a power cut can't halve. */
export function takeRenewed(directory: string): void {
  moveDurably(join(directory, RENEWED_FILE), join(directory, IDENTITY_FILE));
}

function loadFrom(path: string): Result<Identity, IdentityError> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT")
      return fault("identity_missing", "This edge is not enrolled yet: enrol it with a token.");
    return fault(
      "identity_unreadable",
      `${path} can't be read (${errorCode(error)}): check its owner and mode.`,
      error,
    );
  }
  const parsed = storedIdentity.safeParse(parseJson(text));
  if (!parsed.success) return fault("identity_unreadable", `${path} is damaged: enrol this edge anew.`, parsed.error);
  return checkIdentity(fromStored(parsed.data));
}

/** Writes an identity so that after a power cut either the old or the new one is there, whole. Mode 0600. */
export function saveIdentity(directory: string, identity: Identity): void {
  writeFileDurably(join(directory, IDENTITY_FILE), JSON.stringify(toStored(identity)));
}

/** Whether key, certificate, CA and device belong together. */
export function checkIdentity(identity: Identity): Result<Identity, IdentityError> {
  const parts = parseParts(identity);
  if (!parts)
    return fault("identity_unreadable", "The identity holds no valid key or certificate: enrol this edge anew.");
  const { certificate, ca, publicKey } = parts;
  if (!certificate.publicKey.equals(publicKey)) {
    return fault("key_mismatch", "The certificate is for another key than this edge's: enrol it anew.");
  }
  if (!certificate.verify(ca.publicKey)) {
    return fault("wrong_ca", "The certificate was not signed by the CA beside it: enrol this edge anew.");
  }
  if (!certificate.subject.split("\n").includes(`CN=${identity.deviceId}`)) {
    return fault("wrong_device", "The certificate names another device: enrol this edge anew.");
  }
  return ok(identity);
}

/** How much of a certificate's life is left; from two thirds of it on it is time for a new one. */
export interface CertificateState {
  readonly state: "valid" | "renew_soon" | "expired" | "not_yet_valid";
  readonly notAfter: WallMs;
  readonly daysLeft: number;
  /** What a technician should know. */
  readonly message: string;
}

/** Judges the certificate's period at a wall time, which may itself be wrong. For `doctor` and the status page. */
export function certificateState(identity: Identity, now: WallMs): CertificateState {
  const { validFromDate, validToDate } = new X509Certificate(identity.certificate);
  const notBefore = validFromDate.getTime();
  const notAfter = validToDate.getTime() as WallMs;
  const daysLeft = Math.floor((notAfter - now) / DAY_MS);
  const until = validToDate.toISOString();
  const report = (state: CertificateState["state"], message: string): CertificateState => ({
    state,
    notAfter,
    daysLeft,
    message,
  });
  if (now < notBefore) return report("not_yet_valid", "The certificate is not valid yet: check this computer's clock.");
  if (now >= notAfter)
    return report(
      "expired",
      `The certificate expired at ${until}: approve its renewal in the cloud, or enrol this edge anew.`,
    );
  const used = (now - notBefore) / (notAfter - notBefore);
  if (used >= 2 / 3) return report("renew_soon", `The certificate expires at ${until}, in ${daysLeft} days.`);
  return report("valid", `The certificate is valid until ${until}.`);
}

function parseParts({ privateKey, certificate, ca }: Identity) {
  try {
    return {
      publicKey: createPublicKey(createPrivateKey(privateKey)),
      certificate: new X509Certificate(certificate),
      ca: new X509Certificate(ca),
    };
  } catch {
    return null;
  }
}

function fromStored(stored: StoredIdentity): Identity {
  return {
    deviceId: stored.device_id,
    operatorId: stored.operator_id,
    lotId: stored.lot_id,
    epoch: stored.epoch,
    privateKey: stored.private_key,
    certificate: stored.certificate,
    ca: stored.ca,
    mqttUrl: stored.mqtt_url,
    provisioningUrl: stored.provisioning_url ?? null,
    commandKey: { keyId: stored.command_key.key_id, publicKey: stored.command_key.public_key },
  };
}

function toStored(identity: Identity): StoredIdentity {
  return {
    device_id: identity.deviceId,
    operator_id: identity.operatorId,
    lot_id: identity.lotId,
    epoch: identity.epoch,
    private_key: identity.privateKey,
    certificate: identity.certificate,
    ca: identity.ca,
    not_after: new X509Certificate(identity.certificate).validToDate.getTime(),
    mqtt_url: identity.mqttUrl,
    ...(identity.provisioningUrl === null ? {} : { provisioning_url: identity.provisioningUrl }),
    command_key: { key_id: identity.commandKey.keyId, public_key: identity.commandKey.publicKey },
  };
}

function fault(code: IdentityErrorCode, message: string, cause?: unknown): Result<never, IdentityError> {
  return err(new GatehouseError(code, message, { cause }));
}
