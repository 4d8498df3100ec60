import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import {
  ENROLMENT_PATH,
  type EnrolmentAnswer,
  enrolmentAnswer,
  enrolmentToken,
} from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { makeDeviceKey } from "./device-key.ts";
import { checkIdentity, type Identity, saveIdentity } from "./identity.ts";
import { fetchPinnedCa } from "./pinned-ca.ts";
import { answerUnreadable, CALL_TIMEOUT_MS, type HttpAnswer, postJson, provisioningHost } from "./post-json.ts";

export interface EnrolOptions {
  /** `https://host:port` of the hub's provisioning server. */
  readonly provisioningUrl: string;
  readonly token: string;
  /** Serial number of this computer; the token may be bound to it. */
  readonly serial: string;
  /** Where the identity is kept; the folder gets mode 0700. */
  readonly directory: string;
  readonly clock: Pick<Clock, "after">;
}

/**
 * Enrols this edge: makes its key, has the hub certify it, and stores the identity. The hub is checked against the CA
 * in the token before anything is sent, and the token goes only over the connection that passed.
 * Rejects with a `GatehouseError` of code `token_malformed`, `wrong_ca`, `enrolment_refused`, `answer_unreadable`, one
 * of `LinkErrorCode` or of `IdentityErrorCode`; then nothing was stored.
 */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const fingerprint = fingerprintIn(options.token);
  const { hostname, port } = provisioningHost(options.provisioningUrl);
  const ca = await fetchPinnedCa({
    hostname,
    port,
    fingerprint,
    clock: options.clock,
    timeoutMs: CALL_TIMEOUT_MS,
  });
  const key = await makeDeviceKey(options.serial);
  const body = { token: options.token, serial: options.serial, csr: key.csr };
  const answered = await postJson({ hostname, port, path: ENROLMENT_PATH, body, tls: { ca }, clock: options.clock });
  const identity = {
    ...toIdentity(readAnswer(answered), key.privateKey, ca),
    provisioningUrl: options.provisioningUrl,
  };
  const checked = checkIdentity(identity);
  if (!checked.ok) throw checked.error;
  saveIdentity(options.directory, identity);
  return identity;
}

function fingerprintIn(token: string): string {
  const fingerprint = enrolmentToken.safeParse(token).data?.split(".")[2];
  if (fingerprint !== undefined) return fingerprint;
  throw new GatehouseError(
    "token_malformed",
    "That is not a whole enrolment token: copy all of it, from gh1. to its end.",
  );
}

function readAnswer({ status, text }: HttpAnswer): EnrolmentAnswer {
  const value = parseJson(text);
  if (status !== 200 && status !== 201) {
    const detail = problem.safeParse(value).data?.detail ?? `it answered ${status}`;
    throw new GatehouseError("enrolment_refused", `The hub refused to enrol this edge: ${detail}`, {
      details: { status },
    });
  }
  const parsed = enrolmentAnswer.safeParse(value);
  if (!parsed.success) throw answerUnreadable(parsed.error);
  return parsed.data;
}

/** The CA is the one that the token pins, whatever the answer says. */
function toIdentity(answer: EnrolmentAnswer, privateKey: string, ca: string): Omit<Identity, "provisioningUrl"> {
  return {
    deviceId: answer.device_id,
    operatorId: answer.operator_id,
    lotId: answer.lot_id,
    epoch: answer.epoch,
    privateKey,
    certificate: answer.certificate,
    ca,
    mqttUrl: answer.mqtt_url,
    commandKey: { keyId: answer.command_key.key_id, publicKey: answer.command_key.public_key },
  };
}
