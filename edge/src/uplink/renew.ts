import {
  RENEWAL_IN_USE_PATH,
  RENEWAL_PATH,
  type RenewalRefusal,
  renewalAnswer,
  renewalRefusal,
} from "@gatehouse/shared/contracts/http/device-renewal.ts";
import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { CertificateTime } from "./certificate-time.ts";
import { makeDeviceKey } from "./device-key.ts";
import { checkIdentity, type Identity } from "./identity.ts";
import { answerUnreadable, CALL_TIMEOUT_MS, type HttpAnswer, postJson, provisioningHost } from "./post-json.ts";
import { openTlsSocket } from "./tls-socket.ts";

export interface RenewalCall {
  /** Whose certificate is shown to the hub. */
  readonly identity: Identity;
  /** `https://host:port` of the hub's provisioning server. */
  readonly provisioningUrl: string;
  readonly clock: Pick<Clock, "after">;
  readonly certificateTime: () => CertificateTime;
  /** Ends the call. */
  readonly signal: AbortSignal;
}

/** The hub's refusal, in its words; its code is a `RenewalRefusal`. */
export class RenewalRefused extends GatehouseError<RenewalRefusal> {}

/**
 * Asks for the next certificate over mutual TLS, with a new key made here. The identity that comes back is checked, and
 * stored by nobody yet. Rejects with `RenewalRefused`, a `LinkError`, `answer_unreadable` (an older hub can't renew) or
 * one of `IdentityErrorCode`.
 */
export async function askForRenewal(call: RenewalCall, serial: string): Promise<Identity> {
  const { privateKey, csr } = await makeDeviceKey(serial);
  const answer = renewalAnswer.safeParse(await post(call, RENEWAL_PATH, { csr }));
  if (!answer.success) throw answerUnreadable(answer.error);
  const checked = checkIdentity({ ...call.identity, privateKey, certificate: answer.data.certificate });
  if (!checked.ok) throw checked.error;
  return checked.value;
}

/** Tells the hub, by showing it, that the renewed certificate is in use. A repeat is harmless. Rejects as `askForRenewal`. */
export async function sayInUse(call: RenewalCall): Promise<void> {
  await post(call, RENEWAL_IN_USE_PATH, {});
}

async function post(call: RenewalCall, path: string, body: object): Promise<unknown> {
  const { identity, provisioningUrl, clock, certificateTime, signal } = call;
  const { hostname, port } = provisioningHost(provisioningUrl);
  const url = `https://${hostname}:${port}`;
  const socket = await openTlsSocket({ identity, url, clock, timeoutMs: CALL_TIMEOUT_MS, signal, certificateTime });
  try {
    return read(await postJson({ hostname, port, path, body, tls: { socket }, clock }));
  } finally {
    socket.destroy();
  }
}

function read({ status, text }: HttpAnswer): unknown {
  const value = parseJson(text);
  if (status === 200) return value;
  const told = problem.safeParse(value).data;
  const code = renewalRefusal.safeParse(told?.code);
  if (!code.success) throw answerUnreadable(new Error(`${status} ${text.slice(0, 200)}`));
  throw new RenewalRefused(code.data, `The hub renews no certificate now: ${told?.detail ?? code.data}`);
}
