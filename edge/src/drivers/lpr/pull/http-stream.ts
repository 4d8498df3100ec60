import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { CameraFault } from "./camera-fault.ts";
import type { ChallengeAnswer, HttpAuth } from "./digest.ts";

/** Tries within one connection: one for the challenge, one more for a nonce that is worn out. */
const MAX_TRIES = 3;
/** Without a connection and an answer's head in this time, the camera isn't there. */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16_384;
const REFUSALS: Readonly<Record<Exclude<ChallengeAnswer, "try_again">, string>> = {
  refused: "The camera refuses the user or the password of the site file.",
  basic_not_allowed:
    "The camera wants its password unencrypted (HTTP Basic), so it was not sent; set the camera's web login to Digest, or its url to https, or basic_without_tls: true in the site file.",
  downgraded:
    "The camera could do Digest and now wants its password unencrypted, so it was not sent; look whether it was reset, or whether something else answers at its address.",
};

/** Opens a GET that the camera answers without end. Rejects with `CameraFault` when it doesn't. */
export async function openStream(url: URL, auth: HttpAuth, signal: AbortSignal): Promise<IncomingMessage> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const uri = `${url.pathname}${url.search}`;
    const authorization = auth.header({ method: "GET", uri });
    const response = await get(url, authorization, signal);
    if (response.statusCode === 200) {
      auth.accepted();
      return response;
    }
    response.destroy();
    if (response.statusCode !== 401) throw statusFault(response.statusCode ?? 0);
    const asked = String(response.headers["www-authenticate"] ?? "");
    const answer = auth.challenged(asked, authorization !== null);
    if (answer !== "try_again") throw new CameraFault("refused", REFUSALS[answer]);
  }
  throw new CameraFault("refused", REFUSALS.refused);
}

function get(url: URL, authorization: string | null, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, {
      signal,
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { accept: "*/*", ...(authorization === null ? {} : { authorization }) },
    });
    request.setTimeout(CONNECT_TIMEOUT_MS, () =>
      request.destroy(new CameraFault("unreachable", "The camera does not answer.")),
    );
    request.once("response", (response) => {
      // From here on the silence of the stream is watched, which may be longer.
      request.setTimeout(0);
      resolve(response);
    });
    request.on("error", reject);
    request.end();
  });
}

function statusFault(status: number): CameraFault {
  if (status === 403) return new CameraFault("refused", "The camera's user may not read events (403).");
  return new CameraFault(
    "protocol",
    `The camera answers ${status} to the address of its events; is it the right format?`,
  );
}
