import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import { type CertificateTime, mayAcceptDates } from "./certificate-time.ts";
import type { Identity } from "./identity.ts";
import { tlsFailure, unreachable } from "./link-errors.ts";

export interface TlsSocketOptions {
  readonly identity: Identity;
  /** `mqtts://host:port` */
  readonly url: string;
  readonly clock: Pick<Clock, "after">;
  /** From the first packet to the finished handshake. */
  readonly timeoutMs: number;
  /** Destroys the socket when it aborts, in whatever state that is. */
  readonly signal: AbortSignal;
  /** Asked when the dates of the hub's certificate don't fit this computer's clock. */
  readonly certificateTime: () => CertificateTime;
}

/**
 * Opens a mutual TLS connection to the hub, with Nagle's algorithm off: left on, it makes each small message wait for
 * the answer to the one before it. Rejects with a `LinkError` of code `network_unreachable` or `tls_refused`.
 */
export function openTlsSocket(options: TlsSocketOptions): Promise<TLSSocket> {
  const { identity, url, clock, timeoutMs, signal, certificateTime } = options;
  const { hostname, port } = new URL(url);
  const address = `${hostname}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      ca: identity.ca,
      cert: identity.certificate,
      key: identity.privateKey,
      minVersion: "TLSv1.2",
      // Judged below, before a byte is written: dates need more than this computer's clock.
      rejectUnauthorized: false,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    });
    const timer = clock.after(timeoutMs, () => fail(unreachable(address, "ETIMEDOUT")));
    const onError = (error: Error): void => fail(tlsFailure(error, address));
    const onClose = (): void => fail(unreachable(address, "ECONNRESET"));
    const abort = (): void => void socket.destroy();
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("close", () => signal.removeEventListener("abort", abort));
    socket.setNoDelay(true);
    // Without a listener of its own, an error between two owners of the socket would end the process.
    socket.on("error", () => undefined);
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once("secureConnect", () => {
      const refusal = refusalOf(socket, { ca: identity.ca, hostname, time: certificateTime() });
      if (refusal !== null) return fail(tlsFailure(refusal, address));
      release();
      resolve(socket);
    });

    function release(): void {
      timer.cancel();
      socket.off("error", onError);
      socket.off("close", onClose);
    }

    function fail(error: Error): void {
      release();
      socket.destroy();
      reject(error);
    }
  });
}

/** Why the hub's certificate is not accepted, or null. */
function refusalOf(
  socket: TLSSocket,
  { ca, hostname, time }: { readonly ca: string; readonly hostname: string; readonly time: CertificateTime },
): Error | null {
  if (socket.authorized) return null;
  const given: unknown = socket.authorizationError;
  const code = given instanceof Error ? (errorCode(given) ?? given.message) : String(given);
  const leaf = socket.getPeerX509Certificate();
  if (leaf && mayAcceptDates(time, { code, leaf, ca, hostname })) return null;
  return Object.assign(new Error(`The hub's certificate is not accepted: ${code}`), { code });
}
