import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { createAdaptorServer } from "@hono/node-server";

export interface ApiServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly fetch: Parameters<typeof createAdaptorServer>[0]["fetch"];
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface ApiServer extends Service {
  /** Where it listens. Throws before `run`. */
  address(): { readonly host: string; readonly port: number };
}

/** Slow senders are cut, so that they can't hold connections for nothing. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 15_000;
/** How long requests in hand may take to end when the process stops. */
const DRAIN_MAX_MS = 5_000;

/** The HTTP server of API, pages and WebSockets. `run` throws `port_in_use`, or `address_not_here`. */
export function createApiServer({ host, port, clock, fetch, onUpgrade }: ApiServerOptions): ApiServer {
  const server = createAdaptorServer({ fetch }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("upgrade", onUpgrade);
  return {
    name: "api",
    run: () => listen(server, host, port),
    drain: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeIdleConnections();
      await Promise.race([closed, sleep(clock, DRAIN_MAX_MS)]);
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
    address: () => {
      const found = server.address();
      if (found === null || typeof found === "string")
        throw new GatehouseError("not_running", "The API doesn't listen.");
      return { host, port: found.port };
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, failed) => {
    const refuse = (cause: Error): void => failed(explain(cause, host, port));
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      done();
    });
  });
}

function explain(cause: Error, host: string, port: number): Error {
  switch (errorCode(cause)) {
    case "EADDRINUSE":
      return new GatehouseError(
        "port_in_use",
        `Port ${port} for the API is taken. End what uses it, or set GATEHOUSE_API_PORT.`,
        { cause },
      );
    case "EADDRNOTAVAIL":
      return new GatehouseError("address_not_here", `${host} is no address of this machine; set GATEHOUSE_API_HOST.`, {
        cause,
      });
    default:
      return cause;
  }
}
