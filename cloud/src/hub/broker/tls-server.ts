import { constants } from "node:crypto";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { CertificateAuthority } from "../ca/certificate-authority.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Connections beyond these are closed at once; a hub serves some thousand lots. */
const CONNECTIONS_MAX = 5_000;

export interface TlsServerOptions {
  readonly ca: Pick<CertificateAuthority, "caPem" | "server">;
  readonly onSecure: (socket: TLSSocket) => void;
  /** A client that could not or may not connect; `address` may be empty when it is gone already. */
  readonly onRefused: (reason: string, address: string) => void;
}

/**
 * TLS 1.2 or later in which the client must show a certificate of our CA that is in force now. Sessions are not resumed:
 * a resumed one would skip that check.
 */
export function createMutualTlsServer({ ca, onSecure, onRefused }: TlsServerOptions): Server {
  const server = createServer({
    key: ca.server.key,
    // With the CA, so that an edge that enrols can compare its fingerprint.
    cert: ca.server.cert + ca.caPem,
    ca: ca.caPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    noDelay: true,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on("secureConnection", onSecure);
  server.on("tlsClientError", (error, socket) => {
    onRefused(error.message, socket.remoteAddress ?? "");
    socket.destroy();
  });
  return server;
}
