import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { createAdaptorServer } from "@hono/node-server";
import { listen } from "../sockets/listen.ts";

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

/** The HTTP server of API, pages and WebSockets. `run` throws what `listen` does. */
export function createApiServer({ host, port, clock, fetch, onUpgrade }: ApiServerOptions): ApiServer {
  const server = createAdaptorServer({ fetch }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("upgrade", onUpgrade);
  return {
    name: "api",
    run: async () => {
      await listen(server, { host, port, purpose: "the API", setting: "GATEHOUSE_API" });
    },
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
