import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { errorCode, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import { getRequestListener } from "@hono/node-server";
import type { AgentView } from "./agent-view.ts";
import { type AskPeer, loadAskPeer } from "./peer.ts";
import { publicApp } from "./public-app.ts";
import { takeSmoothViews } from "./smooth-upgrade.ts";
import { sweepBackups } from "./socket/backup-files.ts";
import { socketApp } from "./socket-app.ts";
import { whoAsks } from "./who-asks.ts";

export interface LocalApiOptions {
  readonly view: AgentView;
  readonly http: { readonly host: string; readonly port: number };
  /** File of the local socket; its mode (0660) is the permission check of the `gate` command. */
  readonly socketPath: string;
}

/** Serves cameras on the lot's network and the `gate` command on a local socket. */
export function createLocalApi({ view, http, socketPath }: LocalApiOptions): Service & { port(): number } {
  const pages = publicApp(view);
  const network = serverOf(pages);
  takeSmoothViews(network, { ask: (path, init) => pages.request(path, init), video: view.video });
  let askPeer: AskPeer = () => null;
  const local = serverOf(
    socketApp(
      view,
      whoAsks((socket) => askPeer(socket)),
    ),
  );
  return {
    name: "local-api",
    async run() {
      askPeer = await loadAskPeer();
      await sweepBackups(view.dataDir);
      await listenOnNetwork(network, http);
      await listenOnSocket(local, socketPath);
    },
    drain: async () => {},
    async stop() {
      await Promise.all([close(network), close(local)]);
    },
    port() {
      const address = network.address();
      return typeof address === "object" && address !== null ? address.port : http.port;
    },
  };
}

function serverOf(app: { readonly fetch: Parameters<typeof getRequestListener>[0] }): Server {
  return createServer({ requestTimeout: 15_000, headersTimeout: 10_000 }, getRequestListener(app.fetch));
}

async function listenOnNetwork(server: Server, { host, port }: LocalApiOptions["http"]): Promise<void> {
  await listening(server, { host, port }).catch((cause: unknown) => {
    throw listenError(cause, host, port);
  });
}

function listenError(cause: unknown, host: string, port: number): unknown {
  switch (errorCode(cause)) {
    case "EADDRINUSE": {
      const message = `Port ${port} on ${host} is taken by another program. Stop it, or set GATEHOUSE_HTTP_PORT to a free port.`;
      return new GatehouseError("port_in_use", message, { cause });
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new GatehouseError(
        "address_not_here",
        `${host} is no address of this computer; set GATEHOUSE_HTTP_HOST.`,
        {
          cause,
        },
      );
    case "EACCES": {
      const message = `The agent's user may not open port ${port}. Set GATEHOUSE_HTTP_PORT to a port from 1024 on.`;
      return new GatehouseError("port_not_allowed", message, { cause });
    }
    default:
      return cause;
  }
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (await answers(path)) {
    throw new GatehouseError("already_running", `Another agent answers on ${path}. Only one may run on a store.`);
  }
  await rm(path, { force: true });
  await listening(server, { path });
  await chmod(path, 0o660);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listening(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
