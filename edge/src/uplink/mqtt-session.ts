import type { TLSSocket } from "node:tls";
import { downTopics, type LotAddress, topicOf } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type IPublishPacket, MqttClient } from "mqtt";
import { type LinkError, mqttFailure } from "./link-errors.ts";
import type { HubSession, HubSessionRequest } from "./session-port.ts";

/** What is asked of the session, and the open socket that it runs over. */
export interface MqttSessionOptions
  extends Pick<HubSessionRequest, "lot" | "will" | "keepaliveSeconds" | "connectTimeoutMs" | "onMessage"> {
  readonly socket: TLSSocket;
  /** `host:port`, for messages to people. */
  readonly address: string;
  readonly deviceId: Uuid;
}

/** Bytes that wait in the socket from which on telemetry is dropped. */
export const TELEMETRY_BACKLOG_MAX_BYTES = 65_536;

/**
 * Connects MQTT 3.1.1 over an open TLS socket, with a clean session, and subscribes to all that comes down.
 * The client's own reconnect is off and its store of unacknowledged messages dies with it: it is made anew for each
 * connection, and everything that must arrive is sent again from SQLite.
 * Rejects with a `LinkError` of code `broker_refused`, `tls_refused` or `subscription_refused`.
 */
export async function openMqttSession(options: MqttSessionOptions): Promise<HubSession> {
  const { address } = options;
  const client = makeClient(options);
  const closed = closing(client, address);
  try {
    await connected(client, address);
    await subscribe(client, options);
  } catch (error) {
    client.end(true);
    options.socket.destroy();
    throw error;
  }
  return {
    publish: (topic, payload, { retain } = { retain: false }) => {
      if (client.connected) client.publish(topicOf(options.lot, topic), asBuffer(payload), { qos: 1, retain });
    },
    publishOrDrop: (topic, payload) => {
      if (!client.connected || options.socket.writableLength > TELEMETRY_BACKLOG_MAX_BYTES) return false;
      client.publish(topicOf(options.lot, topic), payload, { qos: 0 });
      return true;
    },
    closed,
    end: () => sayGoodbye(client, options.socket),
    abort: () => {
      client.end(true);
      options.socket.destroy();
    },
  };
}

function makeClient({ socket, deviceId, lot, will, ...options }: MqttSessionOptions): MqttClient {
  const client = new MqttClient(() => socket, {
    clientId: deviceId,
    protocolVersion: 4,
    clean: true,
    keepalive: options.keepaliveSeconds,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: topicOf(lot, "status"), payload: Buffer.from(will), qos: 1, retain: true },
  });
  // A packet shows life as well as the answer to a ping, which waits behind a replica on a slow link.
  client.on("packetreceive", () => client.reschedulePing(true));
  // The `message` event is acknowledged before its listeners have finished; this one is not.
  client.handleMessage = (packet, done) => {
    void deliver(packet, lot, options.onMessage).then(() => done());
  };
  return client;
}

async function deliver(
  packet: IPublishPacket,
  lot: LotAddress,
  onMessage: MqttSessionOptions["onMessage"],
): Promise<void> {
  const topic = downTopics.find((known) => topicOf(lot, known) === packet.topic);
  if (topic) await onMessage({ topic, payload: asBuffer(packet.payload), retained: packet.retain });
}

function connected(client: MqttClient, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", (error) => reject(mqttFailure(error, address)));
    client.once("close", () => reject(mqttFailure(null, address)));
  });
}

function closing(client: MqttClient, address: string): Promise<LinkError> {
  return new Promise((resolve) => {
    let cause: unknown;
    client.on("error", (error) => {
      cause ??= error;
    });
    client.once("close", () => {
      resolve(new GatehouseError("connection_lost", `The connection to the hub at ${address} has ended.`, { cause }));
    });
  });
}

/** Fails when the SUBACK refuses one of them; own confirmations make up for a broker that grants less than QoS 1. */
async function subscribe(client: MqttClient, { lot, address }: MqttSessionOptions): Promise<void> {
  const topics = downTopics.map((topic) => topicOf(lot, topic));
  await client.subscribeAsync(topics, { qos: 1 }).catch((error: unknown) => {
    throw refusedSubscription(address, topics, error);
  });
}

function refusedSubscription(address: string, topics: readonly string[], cause: unknown): LinkError {
  return new GatehouseError(
    "subscription_refused",
    `The hub at ${address} does not let this edge listen to its lot; enrol anew.`,
    {
      cause,
      details: { topics },
    },
  );
}

function sayGoodbye(client: MqttClient, socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once("close", () => resolve());
    client.end(false);
  });
}

function asBuffer(payload: string | Uint8Array): Buffer {
  return typeof payload === "string"
    ? Buffer.from(payload)
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
