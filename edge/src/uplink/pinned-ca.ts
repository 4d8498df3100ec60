import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { tlsFailure, unreachable } from "./link-errors.ts";

/** Longest chain of certificates that is looked through. */
const CHAIN_MAX = 8;

export interface PinnedCaOptions {
  readonly hostname: string;
  readonly port: number;
  /** SHA-256 of the CA certificate's DER, base64url, as the enrolment token carries it. */
  readonly fingerprint: string;
  readonly clock: Pick<Clock, "after">;
  readonly timeoutMs: number;
}

/**
 * Looks at the certificates that a server presents, and returns the one with the pinned fingerprint as PEM. Nothing is
 * sent to the server here: whoever it is, it learns nothing. The caller connects anew and lets TLS check the server
 * against this CA. Rejects with `wrong_ca` when no certificate has the fingerprint, or with a `LinkError`.
 */
export async function fetchPinnedCa(options: PinnedCaOptions): Promise<string> {
  const address = `${options.hostname}:${options.port}`;
  for (const certificate of await presentedChain(options, address)) {
    if (createHash("sha256").update(certificate.raw).digest("base64url") === options.fingerprint) {
      return toPem(certificate.raw);
    }
  }
  throw new GatehouseError(
    "wrong_ca",
    `${address} is not the hub that this token was made for: no certificate it shows is the token's CA. Check the address; else ask for a new token.`,
    { details: { address } },
  );
}

function presentedChain({ hostname, port, clock, timeoutMs }: PinnedCaOptions, address: string) {
  return new Promise<DetailedPeerCertificate[]>((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port,
      // Not trusted: the certificates are only looked at here.
      rejectUnauthorized: false,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    });
    const timer = clock.after(timeoutMs, () => socket.destroy(unreachable(address, "ETIMEDOUT")));
    socket.once("secureConnect", () => {
      resolve(chainOf(socket));
      socket.destroy();
    });
    socket.once("error", (error) => reject(error instanceof GatehouseError ? error : tlsFailure(error, address)));
    socket.once("close", () => {
      timer.cancel();
      reject(unreachable(address, "ECONNRESET"));
    });
  });
}

function chainOf(socket: TLSSocket): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw && chain.length < CHAIN_MAX && !chain.includes(next)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function toPem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}
