import { request } from "node:https";
import { isIP } from "node:net";
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
import { tlsFailure, unreachable } from "./link-errors.ts";
import { fetchPinnedCa } from "./pinned-ca.ts";

const ENROLMENT_TIMEOUT_MS = 15_000;
const ANSWER_MAX_BYTES = 65_536;

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
  const { hostname, port } = hostOf(options.provisioningUrl);
  const ca = await fetchPinnedCa({
    hostname,
    port,
    fingerprint,
    clock: options.clock,
    timeoutMs: ENROLMENT_TIMEOUT_MS,
  });
  const key = await makeDeviceKey(options.serial);
  const body = JSON.stringify({ token: options.token, serial: options.serial, csr: key.csr });
  const answer = readAnswer(await post({ hostname, port, ca, body, clock: options.clock }));
  const identity = toIdentity(answer, key.privateKey, ca);
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

function hostOf(provisioningUrl: string): { hostname: string; port: number } {
  const url = URL.parse(provisioningUrl);
  if (url?.protocol !== "https:") {
    throw new GatehouseError(
      "token_malformed",
      `The provisioning address must be an https address, not ${provisioningUrl}.`,
    );
  }
  return { hostname: url.hostname, port: Number(url.port || 443) };
}

interface Post {
  readonly hostname: string;
  readonly port: number;
  readonly ca: string;
  readonly body: string;
  readonly clock: Pick<Clock, "after">;
}

interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

function post({ hostname, port, ca, body, clock }: Post): Promise<HttpAnswer> {
  const address = `${hostname}:${port}`;
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      ca,
      agent: false,
      method: "POST",
      path: ENROLMENT_PATH,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    });
    const timer = clock.after(ENROLMENT_TIMEOUT_MS, () => sent.destroy(unreachable(address, "ETIMEDOUT")));
    sent.once("close", () => timer.cancel());
    sent.once("error", (error) => reject(error instanceof GatehouseError ? error : tlsFailure(error, address)));
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_MAX_BYTES) sent.destroy(unreadable());
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.end(body);
  });
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
  if (!parsed.success) throw unreadable(parsed.error);
  return parsed.data;
}

function unreadable(cause?: unknown): GatehouseError {
  const message = "The hub's answer can't be read: hub and agent may be of versions that don't fit.";
  return new GatehouseError("answer_unreadable", message, { cause });
}

/** The CA is the one that the token pins, whatever the answer says. */
function toIdentity(answer: EnrolmentAnswer, privateKey: string, ca: string): Identity {
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
