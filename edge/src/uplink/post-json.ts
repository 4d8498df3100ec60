import { request } from "node:https";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { tlsFailure, unreachable } from "./link-errors.ts";

/** For the whole call, from the first packet to the answer's end. */
export const CALL_TIMEOUT_MS = 15_000;
const ANSWER_MAX_BYTES = 65_536;

export interface JsonPost {
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  readonly body: object;
  /** The CA that the server must be of; or an open connection on which it has been judged already. */
  readonly tls: { readonly ca: string } | { readonly socket: TLSSocket };
  readonly clock: Pick<Clock, "after">;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts to the hub's provisioning server. Rejects with a `LinkError` or with `answer_unreadable`. */
export function postJson({ hostname, port, path, body, tls, clock }: JsonPost): Promise<HttpAnswer> {
  const address = `${hostname}:${port}`;
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      // An agent would not use a connection of ours.
      ...("socket" in tls ? { createConnection: () => tls.socket } : { ca: tls.ca, agent: false }),
      hostname,
      port,
      method: "POST",
      path,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    });
    const timer = clock.after(CALL_TIMEOUT_MS, () => sent.destroy(unreachable(address, "ETIMEDOUT")));
    sent.once("close", () => timer.cancel());
    sent.once("error", (error) => reject(error instanceof GatehouseError ? error : tlsFailure(error, address)));
    sent.once("response", (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        answer += chunk;
        if (answer.length > ANSWER_MAX_BYTES) sent.destroy(answerUnreadable());
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text: answer }));
    });
    sent.end(text);
  });
}

/** Host and port of `https://host:port`. Throws `token_malformed` for any other kind of address. */
export function provisioningHost(provisioningUrl: string): { readonly hostname: string; readonly port: number } {
  const url = URL.parse(provisioningUrl);
  if (url?.protocol === "https:") return { hostname: url.hostname, port: Number(url.port || 443) };
  throw new GatehouseError(
    "token_malformed",
    `The provisioning address must be an https address, not ${provisioningUrl}.`,
  );
}

/** The hub said something that this agent does not understand. */
export function answerUnreadable(cause?: unknown): GatehouseError {
  const message = "The hub's answer can't be read: hub and agent may be of versions that don't fit.";
  return new GatehouseError("answer_unreadable", message, { cause });
}
