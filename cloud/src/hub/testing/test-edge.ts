import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { type EnrolmentAnswer, enrolmentAnswer } from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import type { Confirm, Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { PROTOCOL_OLDEST } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type DownTopic, downTopics, topicOf, type UpTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { type IClientOptions, MqttClient } from "mqtt";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "../ca/x509.ts";
import type { Hub } from "../create-hub.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const WAIT_MS = 15_000;
/** Each hello of a run is later than the one before it. */
let monoNow = 1;

export interface TestIdentity {
  readonly answer: EnrolmentAnswer;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly deviceId: string;
  readonly address: { readonly operatorId: string; readonly lotId: string };
  readonly port: number;
}

/** A key of its own and a request for it, as an edge makes them. */
export async function newRequest(): Promise<{ readonly key: string; readonly csr: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: "CN=a new edge",
    keys,
    signingAlgorithm: ALGORITHM,
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { key, csr: csr.toString("pem") };
}

export interface EnrolmentAttempt {
  readonly hub: Hub;
  readonly dataDir: string;
  readonly body: string;
}

/** Posts to the provisioning server. */
export async function postEnrolment({
  hub,
  dataDir,
  body,
}: EnrolmentAttempt): Promise<{ status: number; body: unknown }> {
  const { port } = hub.addresses().provisioning;
  const ca = await readFile(join(dataDir, "hub", "ca.crt"), "utf8");
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: "/v1/enrolments", method: "POST", ca, agent: false });
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.setHeader("content-type", "application/json");
    sent.end(body);
  });
}

export async function enrolTestEdge({
  hub,
  dataDir,
  token,
  serial,
}: Omit<EnrolmentAttempt, "body"> & { readonly token: string; readonly serial: string }): Promise<TestIdentity> {
  const { key, csr } = await newRequest();
  const { status, body } = await postEnrolment({ hub, dataDir, body: JSON.stringify({ token, serial, csr }) });
  if (status !== 201) throw new Error(`Enrolment was refused: ${JSON.stringify(body)}`);
  const answer = enrolmentAnswer.parse(body);
  const { device_id: deviceId, operator_id: operatorId, lot_id: lotId, certificate: cert, ca } = answer;
  return { answer, key, cert, ca, deviceId, address: { operatorId, lotId }, port: hub.addresses().mqtt.port };
}

/** A real MQTT client over mutual TLS that keeps what comes down. */
export class TestEdge {
  readonly identity: TestIdentity;
  readonly client: MqttClient;
  readonly received: { topic: DownTopic; text: string; at: number }[] = [];
  readonly closed: Promise<void>;

  private constructor(identity: TestIdentity, client: MqttClient) {
    this.identity = identity;
    this.client = client;
    this.closed = new Promise((resolve) => client.once("close", () => resolve()));
    client.on("error", () => undefined);
    client.on("message", (topic, payload) => {
      const known = downTopics.find((one) => topicOf(identity.address, one) === topic);
      if (known) this.received.push({ topic: known, text: payload.toString("utf8"), at: performance.now() });
    });
  }

  /** Connects and subscribes to all that comes down. Rejects when it is refused. */
  static async connect(identity: TestIdentity, options: Partial<IClientOptions> = {}): Promise<TestEdge> {
    const { client, connected } = dial(identity, options);
    const edge = new TestEdge(identity, client);
    await connected;
    await client.subscribeAsync(
      downTopics.map((topic) => topicOf(identity.address, topic)),
      { qos: 1 },
    );
    return edge;
  }

  async send(topic: UpTopic, payload: string | Uint8Array): Promise<void> {
    await this.client.publishAsync(topicOf(this.identity.address, topic), Buffer.from(payload), { qos: 1 });
  }

  async hello(change: Partial<Hello> = {}): Promise<Confirm> {
    const { sent_mono } = await this.sayHello(change);
    return this.confirm((confirm) => confirm.echo_mono === sent_mono);
  }

  /** Sends a hello without waiting for its answer. */
  async sayHello(change: Partial<Hello> = {}): Promise<Hello> {
    const hello: Hello = {
      v: PROTOCOL_OLDEST,
      oldest_v: PROTOCOL_OLDEST,
      device_id: this.identity.deviceId,
      epoch: this.identity.answer.epoch,
      last_n: 0,
      last_hash: "0".repeat(64),
      boot: this.identity.deviceId,
      mono: 1,
      at: systemClock().wall(),
      quality: "synced",
      agent_version: "test",
      replica_version: 0,
      replica_checksum: "0".repeat(64),
      link_nonce: "nonce-of-this-link",
      sent_mono: monoNow++,
      ...change,
    };
    await this.send("up/hello", JSON.stringify(hello));
    return hello;
  }

  /** The next confirmation, of those not taken yet, that `accept` likes. */
  async confirm(accept: (confirm: Confirm) => boolean): Promise<Confirm> {
    const text = await this.next("down/confirm", (one) => accept(JSON.parse(one)));
    return JSON.parse(text);
  }

  /** Takes the first message of a topic that `accept` likes, waiting for it when it is not there yet. */
  async next(topic: DownTopic, accept: (text: string) => boolean = () => true): Promise<string> {
    const clock = systemClock();
    const end = clock.mono() + WAIT_MS;
    for (;;) {
      const at = this.received.findIndex((one) => one.topic === topic && accept(one.text));
      if (at >= 0) return this.received.splice(at, 1)[0]?.text ?? "";
      if (clock.mono() > end) throw new Error(`No message on ${topic} within ${WAIT_MS} ms`);
      await new Promise<void>((resolve) => clock.after(2, resolve));
    }
  }

  async end(): Promise<void> {
    await this.client.endAsync(true);
  }

  /** Cuts the TCP connection without a word. */
  cut(): void {
    this.client.stream.destroy();
  }
}

function dial(
  identity: TestIdentity,
  options: Partial<IClientOptions>,
): { client: MqttClient; connected: Promise<void> } {
  const { key, cert, ca, port } = identity;
  const socket = connectTls({ host: "127.0.0.1", port, key, cert, ca });
  socket.setNoDelay(true);
  const client = new MqttClient(() => socket, {
    clientId: identity.deviceId,
    protocolVersion: 4,
    clean: true,
    keepalive: 5,
    connectTimeout: WAIT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    ...options,
  });
  const connected = new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
    client.once("close", () => reject(new Error("the broker closed the connection")));
  });
  return { client, connected };
}
