import type { EdgeConnection, EdgeTransport, TransportHandlers } from "@gatehouse/cloud/hub/edge-transport.ts";
import type { HubSession, HubSessionRequest } from "@gatehouse/edge/uplink/session-port.ts";
import type { DownTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId, Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import type { EventClock } from "./event-clock.ts";
import type { Life } from "./mortal-clock.ts";

/** How one edge's way to the hub is. */
export type Way =
  | { readonly kind: "good" }
  /** Chances a message, 0 to 1; each takes its own time, so messages overtake each other. */
  | { readonly kind: "bad"; readonly lose: number; readonly repeat: number; readonly delayMaxMs: number }
  /** No connection can be made. */
  | { readonly kind: "cut" }
  /** Nothing gets through, and only the keepalive shows it. */
  | { readonly kind: "half_open" }
  /** The broker answers pings and acknowledges all, and forgets it. */
  | { readonly kind: "forgets" };

/** The longest that a message takes on any way. */
export const LONGEST_WAY_MS = 5 * MINUTE_MS;

const GOOD_DELAY_MAX_MS = 40;
/** Of a replica's message in the trace: its version and checksum are there. */
const REPLICA_TOLD_CHARS = 160;
const RESET_DELAY_MS = 5;
/** Commands of a device that a broker may hand out again. */
const COMMANDS_KEPT = 8;
/** Replica messages of a connection that a network may deliver again. */
const REPLICA_KEPT = 8;

interface Open {
  readonly connection: EdgeConnection;
  readonly request: HubSessionRequest;
  readonly handlers: TransportHandlers;
  readonly end: () => void;
}

export interface VirtualNetworkOptions {
  readonly clock: EventClock;
  readonly random: Random;
  readonly newId: NewId;
  /** The hub that runs now; null while none does. */
  readonly hub: () => TransportHandlers | null;
  /** Told of each thing that happens, in order. */
  readonly trace: (what: string) => void;
  readonly onConnected: (deviceId: Uuid) => void;
  readonly onUp: (deviceId: Uuid, topic: string, payload: Uint8Array) => void;
  readonly onDown: (deviceId: Uuid, topic: DownTopic, payload: string) => void;
}

/** Network and broker between edges and hub, in virtual time, with both sides' real ports. */
export class VirtualNetwork {
  /** Messages handed to it. */
  messages = 0;
  readonly #options: VirtualNetworkOptions;
  readonly #ways = new Map<Uuid, Way>();
  readonly #open = new Map<Uuid, Open>();
  /** The last commands that were sent to a device, also on connections that have ended. */
  readonly #commands = new Map<Uuid, readonly string[]>();

  /** The last replica messages of a device's present connection. */
  readonly #replicas = new Map<Uuid, readonly string[]>();
  /** What becomes of a replica's messages on their way to a device. */
  readonly #spoils = new Map<Uuid, (payload: string) => string>();

  constructor(options: VirtualNetworkOptions) {
    this.#options = options;
  }

  /** What a device's replica messages become from now on; null: they stay as they are. */
  spoilReplica(deviceId: Uuid, spoil: ((payload: string) => string) | null): void {
    if (spoil === null) this.#spoils.delete(deviceId);
    else this.#spoils.set(deviceId, spoil);
  }

  /** Sets how a device's way is from now on. A cut ends its connection. */
  setWay(deviceId: Uuid, way: Way): void {
    this.#ways.set(deviceId, way);
    if (way.kind === "cut") this.reset(deviceId);
    const open = this.#open.get(deviceId);
    if (way.kind !== "half_open" || !open) return;
    this.#options.clock.after(open.request.keepaliveSeconds * 1_500, () => {
      if (this.#wayOf(deviceId).kind === "half_open") open.end();
    });
  }

  /** Ends a device's connection, if there is one; what is on its way is lost. */
  reset(deviceId: Uuid): void {
    this.#open.get(deviceId)?.end();
  }

  /** The connection that a device has now; null for none. */
  connectionOf(deviceId: Uuid): Uuid | null {
    return this.#open.get(deviceId)?.connection.connectionId ?? null;
  }

  /** A broker hands the last commands out again, to whatever connection the device has now. */
  deliverAgain(deviceId: Uuid, retained: boolean): void {
    const open = this.#open.get(deviceId);
    if (!open) return;
    for (const payload of this.#commands.get(deviceId) ?? [])
      this.#carry(open.connection, `again down/commands ${payload}`, () => {
        void open.request.onMessage({ topic: "down/commands", payload: Buffer.from(payload), retained });
      });
  }

  /** The last replica messages of a device's connection come once more, in any order. */
  deliverReplicaAgain(deviceId: Uuid): void {
    const open = this.#open.get(deviceId);
    if (!open) return;
    for (const payload of this.#replicas.get(deviceId) ?? [])
      this.#carry(open.connection, `again down/replica ${toldOf("down/replica", payload)}`, () => {
        void open.request.onMessage({ topic: "down/replica", payload: Buffer.from(payload), retained: false });
      });
  }

  resetAll(): void {
    for (const open of [...this.#open.values()]) open.end();
  }

  /** The sessions of one run of an agent. */
  opener(life: Life): (request: HubSessionRequest) => Promise<HubSession> {
    return async (request) => {
      if (life.isOver) return new Promise(() => undefined);
      const { deviceId } = request.identity;
      const handlers = this.#options.hub();
      const way = this.#wayOf(deviceId).kind;
      if (handlers === null || way === "cut" || way === "half_open")
        throw new GatehouseError("network_unreachable", "The virtual network is cut.");
      return this.#session(request, handlers, life);
    };
  }

  /** What one run of the hub sends by. */
  transport(life: Life): EdgeTransport {
    return {
      name: "virtual-network",
      send: async (connection, topic, sent) => {
        if (life.isOver) return;
        this.#options.onDown(connection.deviceId, topic, sent);
        const spoil = topic === "down/replica" ? this.#spoils.get(connection.deviceId) : undefined;
        const payload = spoil?.(sent) ?? sent;
        if (topic === "down/commands") keep(this.#commands, connection.deviceId, { payload, most: COMMANDS_KEPT });
        if (topic === "down/replica") keep(this.#replicas, connection.deviceId, { payload, most: REPLICA_KEPT });
        this.#carry(connection, `down ${topic} ${toldOf(topic, payload)}`, () => {
          void this.#open.get(connection.deviceId)?.request.onMessage({
            topic,
            payload: Buffer.from(payload),
            retained: false,
          });
        });
      },
      disconnect: (connection) => {
        const open = this.#open.get(connection.deviceId);
        if (!life.isOver && open?.connection === connection) open.end();
      },
      address: () => ({ host: "virtual", port: 0 }),
      run: async () => undefined,
      drain: async () => undefined,
      stop: async () => undefined,
    };
  }

  #session(request: HubSessionRequest, handlers: TransportHandlers, life: Life): HubSession {
    const { operatorId, lotId, deviceId } = request.identity;
    const { clock, newId, trace, onUp } = this.#options;
    const connection = { connectionId: newId(), operatorId, lotId, deviceId, certificateSerial: "01" };
    const closed = Promise.withResolvers<Awaited<HubSession["closed"]>>();
    const end = (): void => {
      if (this.#open.get(deviceId)?.connection !== connection) return;
      clock.touch();
      trace(`ended ${deviceId}`);
      this.#open.delete(deviceId);
      if (this.#options.hub() === handlers) handlers.onDown(connection);
      closed.resolve(new GatehouseError("connection_lost", "The virtual connection has ended."));
    };
    // A broker lets one client id in once: the newcomer ends the other.
    this.reset(deviceId);
    this.#replicas.delete(deviceId);
    this.#open.set(deviceId, { connection, request, handlers, end });
    trace(`connected ${deviceId}`);
    this.#options.onConnected(deviceId);
    handlers.onUp(connection);
    return {
      publish: (topic, payload) => {
        if (life.isOver || topic === "status") return;
        const bytes = Buffer.from(payload);
        onUp(deviceId, topic, bytes);
        this.#carry(connection, `up ${topic} ${bytes.length}`, () => {
          void handlers.onMessage({ connection, topic, payload: bytes });
        });
      },
      publishOrDrop: () => false,
      closed: closed.promise,
      end: async () => end(),
      abort: () => {
        if (!life.isOver) clock.after(RESET_DELAY_MS, end);
      },
    };
  }

  #wayOf(deviceId: Uuid): Way {
    return this.#ways.get(deviceId) ?? { kind: "good" };
  }

  #carry(connection: EdgeConnection, what: string, deliver: () => void): void {
    const { clock, random, trace } = this.#options;
    clock.touch();
    this.messages++;
    const way = this.#wayOf(connection.deviceId);
    const { lose, repeat, delayMaxMs } =
      way.kind === "bad" ? way : { lose: way.kind === "good" ? 0 : 1, repeat: 0, delayMaxMs: GOOD_DELAY_MAX_MS };
    if (random.next() < lose) return trace(`lost ${what}`);
    const copies = random.next() < repeat ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      clock.after(randomInt(random, 1, delayMaxMs), () => {
        if (this.#open.get(connection.deviceId)?.connection !== connection) return;
        clock.touch();
        trace(what);
        deliver();
      });
  }
}

/** A message's text, cut where it is a replica's: a snapshot is large, and each trace would hold many. */
function toldOf(topic: DownTopic, payload: string): string {
  return topic === "down/replica" ? `${payload.slice(0, REPLICA_TOLD_CHARS)} ${payload.length}` : payload;
}

/** Keeps a device's last messages. */
function keep(
  kept: Map<Uuid, readonly string[]>,
  deviceId: Uuid,
  { payload, most }: { readonly payload: string; readonly most: number },
): void {
  kept.set(deviceId, [...(kept.get(deviceId) ?? []), payload].slice(-most));
}
