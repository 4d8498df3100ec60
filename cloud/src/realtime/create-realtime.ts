import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { availabilityRequest } from "@gatehouse/shared/contracts/http/operations.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import type { Service } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import { type WebSocket, WebSocketServer } from "ws";
import type { Authenticate } from "../api/http/authenticate.ts";
import type { Database } from "../db/database.ts";
import { createAvailabilityFeed } from "./availability-feed.ts";
import { CLOSE, type Client, createClient, frameOf, isoNow } from "./client.ts";
import { createFeedListener } from "./feed-listener.ts";
import { type Admitted, type Feed, judgeUpgrade, SUBPROTOCOL } from "./judge-upgrade.ts";
import { createOperationsFeed } from "./operations-feed.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";

export interface RealtimeOptions {
  readonly db: Database;
  readonly url: string;
  /** Wall time of the lots' world. */
  readonly clock: Pick<Clock, "wall">;
  readonly realClock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Registry;
  readonly authenticate: Authenticate;
}

export interface Realtime extends Service {
  /** For the HTTP server's `upgrade`. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const HEARTBEAT_MS = 15_000;
/** The largest message that a client has reason to send. */
const MAX_MESSAGE_BYTES = 16_384;
/** Messages of one client between two heartbeats. */
const MAX_MESSAGES_A_HEARTBEAT = 60;
export const MAX_CLIENTS = 20_000;

interface Connection {
  readonly socket: WebSocket;
  readonly client: Client;
  readonly feed: Feed;
  readonly token: string;
  isAlive: boolean;
  messages: number;
}

/** The two WebSockets of the API: availability for everybody with a token, operations for staff. */
export function createRealtime(options: RealtimeOptions): Realtime {
  const { realClock, clock, log, authenticate } = options;
  const onError = (error: unknown): void => log.error({ err: error }, "a real-time feed failed");
  const feeds = {
    availability: createAvailabilityFeed({ ...options, onError }),
    operations: createOperationsFeed({ ...options, onError }),
  };
  const listener = createFeedListener({ ...options, ...feeds });
  const connections = new Set<Connection>();
  const { tooSlow } = realtimeMetrics(options.metrics, connections);
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  let heartbeat: Timer | null = null;

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const entry = await judgeUpgrade(request, authenticate);
    if (!entry.ok) return refuseUpgrade(socket, entry.error.status, entry.error.text);
    if (connections.size >= MAX_CLIENTS)
      return refuseUpgrade(socket, 503, "Too many clients are connected; try again.");
    sockets.handleUpgrade(request, socket, head, (made) => open(made, entry.value));
  }

  function open(socket: WebSocket, { feed, token, actor }: Admitted): void {
    const client = createClient(socket, actor, () => tooSlow.inc());
    const connection: Connection = { socket, client, feed, token, isAlive: true, messages: 0 };
    connections.add(connection);
    socket.on("error", () => socket.terminate());
    socket.on("pong", () => {
      connection.isAlive = true;
    });
    socket.on("close", () => {
      connections.delete(connection);
      feeds[feed].leave(client);
    });
    socket.on("message", (data) => hear(connection, data.toString()));
    if (feed === "operations") feeds.operations.join(client).then(() => leaveIfGone(connection), fail(connection));
  }

  /** A client that went away while its snapshot was read has been added to the feed after it left. */
  function leaveIfGone({ socket, client, feed }: Connection): void {
    if (socket.readyState !== socket.OPEN) feeds[feed].leave(client);
  }

  function fail({ client }: Connection): (error: unknown) => void {
    return (error) => {
      onError(error);
      client.close(CLOSE.goingAway, "failed");
    };
  }

  function hear(connection: Connection, text: string): void {
    connection.messages += 1;
    const request = availabilityRequest.safeParse(parseJson(text));
    const isWelcome = connection.feed === "availability" && request.success;
    if (!isWelcome || connection.messages > MAX_MESSAGES_A_HEARTBEAT) {
      connection.client.close(CLOSE.badMessage, "not a message for this address");
      return;
    }
    feeds.availability.subscribe(connection.client, request.data).then(() => leaveIfGone(connection), fail(connection));
  }

  function beat(): void {
    const at = clock.wall();
    const frames = {
      operations: frameOf({ kind: "heartbeat", at }),
      availability: frameOf({ kind: "heartbeat", at: isoNow(clock) }),
    };
    for (const connection of connections) {
      if (!connection.isAlive) {
        connection.socket.terminate();
        continue;
      }
      connection.isAlive = false;
      connection.messages = 0;
      connection.socket.ping();
      connection.client.send(frames[connection.feed]);
      recheck(connection).catch(onError);
    }
  }

  /** A token that was revoked meanwhile doesn't go on looking. */
  async function recheck({ token, client }: Connection): Promise<void> {
    if (!(await authenticate(token))) client.close(CLOSE.notAuthenticated, "the token is no longer valid");
  }

  return {
    name: "real-time",
    upgrade: (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      admit(request, socket, head).catch((error: unknown) => {
        onError(error);
        refuseUpgrade(socket, 500, "Something failed on our side.");
      });
    },
    run: async () => {
      await listener.run();
      heartbeat = realClock.every(HEARTBEAT_MS, beat);
    },
    drain: async () => {
      for (const { client } of connections) client.close(CLOSE.goingAway, "the server stops");
    },
    stop: async () => {
      heartbeat?.cancel();
      for (const { socket } of connections) socket.terminate();
      await listener.stop();
    },
  };
}

function realtimeMetrics(metrics: Registry, connections: ReadonlySet<Connection>) {
  new Gauge({
    name: "gatehouse_realtime_clients",
    help: "Open WebSockets.",
    registers: [metrics],
    collect() {
      this.set(connections.size);
    },
  });
  const tooSlow = new Counter({
    name: "gatehouse_realtime_too_slow_total",
    help: "Clients that were cut because they could not keep up.",
    registers: [metrics],
  });
  return { tooSlow };
}
