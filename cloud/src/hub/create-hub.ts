import { join } from "node:path";
import type { LotAddress } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { sleep, type Timer } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { runAll, type Service, stopAll } from "@gatehouse/shared/kit/lifecycle.ts";
import { createLease } from "../db/lease.ts";
import { createListener } from "../db/listener.ts";
import { COMMANDS_CHANNEL, DEVICES_CHANNEL } from "../services/devices/context.ts";
import { deviceOfLot, devicesInService } from "../services/devices/device-of-lot.ts";
import { expireCommands } from "../services/devices/dispatch-commands.ts";
import { recordHubStart } from "../services/devices/record-link.ts";
import { compactReplicaChanges } from "../services/replica/compact.ts";
import { REPLICA_CHANNEL } from "../services/replica/record-change.ts";
import { createEmbeddedBroker } from "./broker/embedded-broker.ts";
import { type CertificateAuthority, openCertificateAuthority } from "./ca/certificate-authority.ts";
import { openCommandKey } from "./ca/command-key.ts";
import { readIfPresent, writePrivately } from "./ca/private-files.ts";
import type { EdgeTransport } from "./edge-transport.ts";
import type { HubContext } from "./hub-context.ts";
import { type BrokerFiles, createBrokerFiles } from "./mqtt-broker/broker-files.ts";
import { createBrokerTransport } from "./mqtt-broker/broker-transport.ts";
import { createPostgresLedger } from "./postgres-ledger.ts";
import { createProvisioningServer, type ProvisioningServer } from "./provisioning/provisioning-server.ts";
import { Switchboard } from "./switchboard.ts";

const EXPIRE_COMMANDS_EVERY_MS = SECOND_MS;
/** With the database gone there is no end to wait for; edges have on disk what was not confirmed. */
const DRAIN_MAX_MS = 5 * SECOND_MS;
const COMPACT_REPLICA_EVERY_MS = 10 * MINUTE_MS;
/** Changes are written at once; this makes up for a write that failed, within the 5 minutes of a revocation. */
const REWRITE_BROKER_FILES_EVERY_MS = 2 * MINUTE_MS;

/** Advisory lock of the one hub of this database that serves a broker of its own. */
const BROKER_LEASE = 7_118_004;

export interface HubOptions extends HubContext {
  /** Of the same database, for LISTEN: `postgres://user:password@host:port/database` */
  readonly databaseUrl: string;
  /** The hub keeps its CA and keys in the folder `hub` of it. */
  readonly dataDir: string;
  /** Where edges connect with MQTT over TLS. Port 0 takes any free one. */
  readonly mqtt: { readonly host: string; readonly port: number };
  /** Where edges enrol over HTTPS. */
  readonly provisioning: { readonly host: string; readonly port: number };
  /** `mqtts://host:port` that edges are told at enrolment; null: this machine's own address. */
  readonly publicMqttUrl: string | null;
  /** `mqtts://host:port` of an MQTT 5 broker that takes the place of the hub's own; null: its own. */
  readonly brokerUrl: string | null;
  /** Host names and addresses by which edges reach the hub, beside those of this machine. */
  readonly serverNames: readonly string[];
}

/** The hub: what edges connect to. */
export interface Hub extends Service {
  /** Where it listens. Throws before `run`. */
  addresses(): {
    readonly mqtt: { readonly host: string; readonly port: number };
    readonly provisioning: { readonly host: string; readonly port: number };
  };
  /** SHA-256 of the CA certificate, base64url: what enrolment tokens carry. Throws before `run`. */
  caFingerprint(): string;
}

interface Parts {
  readonly ca: CertificateAuthority;
  readonly transport: EdgeTransport;
  readonly switchboard: Switchboard;
  readonly provisioning: ProvisioningServer;
  /** Of a broker of its own; null without one. */
  readonly files: BrokerFiles | null;
  readonly services: readonly Service[];
}

/** Puts the hub together. Its keys are made and its ports opened by `run`. */
export function createHub(options: HubOptions): Hub {
  let parts: Parts | null = null;
  let timers: readonly Timer[] = [];
  const running = (): Parts => {
    if (!parts) throw new GatehouseError("not_running", "The hub has not started yet.");
    return parts;
  };
  return {
    name: "hub",
    run: async () => {
      parts = await assemble(options);
      await runAll(parts.services);
      timers = startChores(options, parts.files);
      options.log.info(addressesOf(parts), "The hub takes edges.");
    },
    drain: async () => {
      const waiting = new AbortController();
      const inHand = parts?.switchboard.settled();
      await Promise.race([inHand, sleep(options.realClock, DRAIN_MAX_MS, waiting.signal)]);
      waiting.abort();
    },
    stop: async () => {
      for (const timer of timers) timer.cancel();
      if (!parts) return;
      await stopAll(parts.services);
      await parts.switchboard.ended();
    },
    addresses: () => addressesOf(running()),
    caFingerprint: () => running().ca.fingerprint,
  };
}

function addressesOf({ transport, provisioning }: Parts): ReturnType<Hub["addresses"]> {
  return { mqtt: transport.address(), provisioning: provisioning.address() };
}

async function assemble(options: HubOptions): Promise<Parts> {
  const folder = join(options.dataDir, "hub");
  const { realClock, random, serverNames } = options;
  const ca = await openCertificateAuthority({ folder, realClock, random, serverNames });
  const commandKey = await openCommandKey(folder);
  const hubId = await openHubId(folder, options);
  // Behind a broker of its own, only when this hub is the one that serves.
  if (options.brokerUrl === null) await recordHubStart(options, hubId);
  const switchboard = new Switchboard({
    context: { clock: options.clock, realClock, random, log: options.log, ledger: createPostgresLedger(options) },
    commandKey,
    hubId,
  });
  const devices = () => devicesInService(options);
  const files = options.brokerUrl
    ? createBrokerFiles({ folder: join(folder, "broker"), ca, devices, clock: realClock })
    : null;
  await files?.write();
  const transport = createTransport(options, { ca, switchboard, hubId });
  switchboard.connect(transport);
  const provisioning = createProvisioningServer({
    ca,
    onRefused: switchboard.onRefused,
    listen: options.provisioning,
    context: {
      ...options,
      authority: {
        caPem: ca.caPem,
        // Asked only while it runs: the port may have been chosen by the system.
        get mqttUrl() {
          return options.publicMqttUrl ?? options.brokerUrl ?? `mqtts://127.0.0.1:${transport.address().port}`;
        },
        commandKey: { key_id: commandKey.keyId, public_key: commandKey.publicKey },
        issue: ({ csr, ...identity }) => ca.issueDevice(csr, identity),
      },
    },
  });
  const listener = listenToDatabase(options, switchboard, files);
  return { ca, transport, switchboard, provisioning, files, services: [listener, transport, provisioning] };
}

function createTransport(
  options: HubOptions,
  { ca, switchboard, hubId }: Pick<Parts, "ca" | "switchboard"> & { readonly hubId: string },
): EdgeTransport {
  const { brokerUrl: url, databaseUrl, realClock: clock, random, newId, log } = options;
  const common = { clock, newId, handlers: switchboard };
  if (url === null) return createEmbeddedBroker({ ...common, ca, listen: options.mqtt });
  const deviceOf = (lot: LotAddress) => deviceOfLot(options, lot);
  const onError = (error: unknown): void => log.error({ err: error }, "The hub's lease has a problem.");
  return createBrokerTransport({
    ...common,
    url,
    caPem: ca.caPem,
    certify: ca.issueClient,
    deviceOf,
    lease: createLease({ url: databaseUrl, key: BROKER_LEASE, clock, random, onError }),
    onHeld: () => recordHubStart(options, hubId),
    random,
    log,
  });
}

function listenToDatabase(options: HubOptions, switchboard: Switchboard, files: BrokerFiles | null): Service {
  const { databaseUrl: url, realClock: clock, random, log } = options;
  const subscription = (channel: string, field: string, act: (id: string | null) => void) => ({
    channel,
    onMessage: (payload: string) => act(readId(payload, field)),
    onGap: () => act(null),
  });
  return createListener({
    url,
    clock,
    random,
    onError: (error) => log.error({ err: error }, "The hub's listening connection has a problem."),
    subscriptions: [
      subscription(REPLICA_CHANNEL, "lot_id", (lotId) => switchboard.replicaChanged(lotId)),
      subscription(COMMANDS_CHANNEL, "device_id", (deviceId) => switchboard.commandsWaiting(deviceId)),
      subscription(DEVICES_CHANNEL, "device_id", (deviceId) => {
        switchboard.devicesChanged(deviceId);
        files?.write().catch((error: unknown) => log.error({ err: error }, "The broker's lists could not be written."));
      }),
    ],
  });
}

function startChores(options: HubOptions, files: BrokerFiles | null): readonly Timer[] {
  const chore = (what: string, everyMs: number, work: () => Promise<void>): Timer =>
    options.realClock.every(everyMs, () => {
      work().catch((error: unknown) => options.log.error({ what, err: error }, "A chore failed."));
    });
  return [
    chore("expire commands", EXPIRE_COMMANDS_EVERY_MS, () => expireCommands(options)),
    chore("compact replica changes", COMPACT_REPLICA_EVERY_MS, () => compactReplicaChanges(options.db)),
    ...(files ? [chore("write the broker's lists", REWRITE_BROKER_FILES_EVERY_MS, () => files.write())] : []),
  ];
}

/** Names this hub's process across restarts, so that it can tell which connections ended with its last one. */
async function openHubId(folder: string, { newId }: Pick<HubContext, "newId">): Promise<string> {
  const path = join(folder, "hub.id");
  const held = await readIfPresent(path);
  if (held) return held.trim();
  const id = newId();
  await writePrivately(path, id);
  return id;
}

function readId(payload: string, field: string): string | null {
  try {
    const value: Record<string, unknown> = JSON.parse(payload);
    const id = value[field];
    return typeof id === "string" ? id : null;
  } catch {
    return null;
  }
}
