import { connect as connectTls } from "node:tls";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { type IPublishPacket, MqttClient } from "mqtt";

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 15;
/** Messages that the broker may hand us before it has our acknowledgement of the first (MQTT 5, 3.1.2.11.3). */
const RECEIVE_MAX = 256;
/** Another connection has taken our client id (MQTT 5, 3.14.2.1). */
export const SESSION_TAKEN_OVER = 0x8e;

export interface BrokerLogin {
  /** `mqtts://host:port` */
  readonly url: string;
  readonly ca: string;
  /** Null shows none, which a broker that we may use refuses. */
  readonly certificate: { readonly key: string; readonly cert: string } | null;
  readonly clientId: string;
}

/** One connection to a broker; when it has ended, a new one is made. */
export interface BrokerConnection {
  /** Rejects with `broker_refused` unless the broker grants every filter. */
  subscribe(filters: readonly string[]): Promise<void>;
  /** Resolves with the broker's acknowledgement; rejects with `connection_gone`, or `broker_refused` with its code. */
  publish(topic: string, payload: string): Promise<void>;
  /** Resolves with the reason code of the broker's DISCONNECT, or null when there was none. */
  readonly closed: Promise<number | null>;
  end(): void;
}

/**
 * Connects with MQTT 5 over TLS 1.2 or later, as a clean session. A message is acknowledged when `onMessage` resolves,
 * and the next one waits until then; `onMessage` must not reject. Rejects with `broker_unreachable` or `broker_refused`.
 */
export async function connectToBroker(
  login: BrokerLogin,
  onMessage: (packet: IPublishPacket) => Promise<void>,
): Promise<BrokerConnection> {
  const { hostname, port } = new URL(login.url);
  const { key, cert } = login.certificate ?? {};
  const socket = connectTls({
    host: hostname,
    port: Number(port || 8883),
    ca: login.ca,
    minVersion: "TLSv1.2",
    ...(key && cert ? { key, cert } : {}),
  });
  socket.setNoDelay(true);
  const client = new MqttClient(() => socket, {
    clientId: login.clientId,
    protocolVersion: 5,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Made anew for each connection, so that nothing waits in a queue of the client's own.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    properties: { receiveMaximum: RECEIVE_MAX },
  });
  client.handleMessage = (packet, done) => void onMessage(packet).then(() => done());
  const closed = closing(client);
  const whileOpen = failingAtEnd(closed);
  try {
    await connected(client, login.url);
  } catch (error) {
    client.end(true);
    socket.destroy();
    throw error;
  }
  return {
    subscribe: (filters) => whileOpen(subscribe(client, filters)),
    publish: (topic, payload) => whileOpen(publish(client, topic, payload)),
    closed,
    end: () => {
      client.end(true);
      socket.destroy();
    },
  };
}

function closing(client: MqttClient): Promise<number | null> {
  return new Promise((resolve) => {
    let reason: number | null = null;
    client.on("error", () => undefined);
    client.on("disconnect", ({ reasonCode }) => {
      reason = reasonCode ?? null;
    });
    client.once("close", () => resolve(reason));
  });
}

function connected(client: MqttClient, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", (error) => reject(failure(error, url)));
    client.once("close", () => reject(refused(`The MQTT broker at ${url} closed the connection.`, undefined)));
  });
}

function failure(error: Error, url: string): GatehouseError {
  const isUnreachable = "syscall" in error && error.syscall !== "read" && error.syscall !== "write";
  return isUnreachable
    ? new GatehouseError("broker_unreachable", `The MQTT broker at ${url} can't be reached: ${error.message}`, {
        cause: error,
      })
    : refused(`The MQTT broker at ${url} refused the connection: ${error.message}`, error);
}

async function subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
  try {
    const grants = await client.subscribeAsync([...filters], { qos: 1 });
    if (grants.every(({ qos }) => qos === 1)) return;
  } catch (error) {
    throw refused(`The MQTT broker refused a subscription: ${errorMessage(error)}`, error);
  }
  throw refused("The MQTT broker refused a subscription, or grants no QoS 1.", undefined);
}

function publish(client: MqttClient, topic: string, payload: string): Promise<void> {
  // Else it would wait in the client's store, and go out when nobody counts on it any more.
  if (!client.connected) return Promise.reject(new GatehouseError("connection_gone", "The broker is not connected."));
  return client.publishAsync(topic, payload, { qos: 1 }).then(
    () => undefined,
    (error: unknown) => {
      throw client.connected
        ? refused(`The MQTT broker refused a message to ${topic}: ${errorMessage(error)}`, error)
        : new GatehouseError("connection_gone", "The connection to the broker has ended.", { cause: error });
    },
  );
}

/** Rejects work that is under way when the connection ends: the client says nothing more of it. */
function failingAtEnd(closed: Promise<unknown>): <T>(work: Promise<T>) => Promise<T> {
  const waiting = new Set<(error: GatehouseError) => void>();
  let isClosed = false;
  const gone = (): GatehouseError =>
    new GatehouseError("connection_gone", "The connection to the MQTT broker has ended.");
  void closed.then(() => {
    isClosed = true;
    for (const fail of waiting) fail(gone());
    waiting.clear();
  });
  return (work) =>
    new Promise((resolve, reject) => {
      const done = (): void => void waiting.delete(reject);
      if (isClosed) reject(gone());
      else waiting.add(reject);
      work.then(resolve, reject).then(done, done);
    });
}

function refused(message: string, cause: unknown): GatehouseError {
  return new GatehouseError("broker_refused", message, { cause });
}
