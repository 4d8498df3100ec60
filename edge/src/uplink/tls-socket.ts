import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
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
}

/**
 * Opens a mutual TLS connection to the hub, with Nagle's algorithm off: left on, it makes each small message wait for
 * the answer to the one before it. Rejects with a `LinkError` of code `network_unreachable` or `tls_refused`.
 */
export function openTlsSocket({ identity, url, clock, timeoutMs, signal }: TlsSocketOptions): Promise<TLSSocket> {
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
