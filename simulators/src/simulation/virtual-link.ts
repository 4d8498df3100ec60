import type { EdgeConnection, EdgeTransport, TransportHandlers } from "@gatehouse/cloud/hub/edge-transport.ts";
import type { HubSession, HubSessionRequest } from "@gatehouse/edge/uplink/session-port.ts";
import type { DownTopic } from "@gatehouse/shared/contracts/mqtt/topics.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";

export interface LinkFaults {
  /** Chances a message, 0 to 1. */
  readonly lose: number;
  readonly repeat: number;
  /** Longest way of a message; each takes its own time, so messages overtake each other. */
  readonly delayMaxMs: number;
}

export const NO_LINK_FAULTS: LinkFaults = { lose: 0, repeat: 0, delayMaxMs: 5 };

interface Open {
  readonly connection: EdgeConnection;
  readonly request: HubSessionRequest;
  readonly end: () => void;
}

export interface VirtualLinkOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  /** The hub that runs now. */
  readonly handlers: () => TransportHandlers;
  /** Told of each thing that happens, in order. */
  readonly trace: (what: string) => void;
}

/** The network and broker between one edge and the hub, in virtual time, with both sides' real ports. */
export class VirtualLink implements EdgeTransport {
  readonly name = "virtual-link";
  faults: LinkFaults = NO_LINK_FAULTS;
  isCut = false;
  readonly #options: VirtualLinkOptions;
  #open: Open | null = null;

  constructor(options: VirtualLinkOptions) {
    this.#options = options;
  }

  readonly openSession = async (request: HubSessionRequest): Promise<HubSession> => {
    if (this.isCut) throw new GatehouseError("network_unreachable", "The virtual network is cut.");
    const { operatorId, lotId, deviceId } = request.identity;
    const connectionId = this.#options.newId();
    const connection = { connectionId, operatorId, lotId, deviceId, certificateSerial: "01" };
    const closed = Promise.withResolvers<Awaited<HubSession["closed"]>>();
    const end = (): void => {
      if (this.#open?.connection !== connection) return;
      this.#open = null;
      this.#options.handlers().onDown(connection);
      closed.resolve(new GatehouseError("connection_lost", "The virtual connection has ended."));
    };
    this.#open?.end();
    this.#open = { connection, request, end };
    this.#options.handlers().onUp(connection);
    return {
      publish: (topic, payload) => {
        if (topic === "status") return;
        const bytes = Buffer.from(payload);
        this.#carry(connection, `up ${topic} ${bytes.length}`, () => {
          void this.#options.handlers().onMessage({ connection, topic, payload: bytes });
        });
      },
      publishOrDrop: () => false,
      closed: closed.promise,
      end: async () => end(),
      abort: end,
    };
  };

  async send(connection: EdgeConnection, topic: DownTopic, payload: string): Promise<void> {
    this.#carry(connection, `down ${topic} ${payload}`, () => {
      void this.#open?.request.onMessage({ topic, payload: Buffer.from(payload), retained: false });
    });
  }

  /** Ends the connection, if there is one; what is on its way is lost. */
  cut(): void {
    this.#open?.end();
  }

  disconnect(connection: EdgeConnection): void {
    if (this.#open?.connection === connection) this.#open.end();
  }

  address(): { readonly host: string; readonly port: number } {
    return { host: "virtual", port: 0 };
  }

  async run(): Promise<void> {}
  async drain(): Promise<void> {}
  async stop(): Promise<void> {}

  #carry(connection: EdgeConnection, what: string, deliver: () => void): void {
    const { clock, random, trace } = this.#options;
    const { lose, repeat, delayMaxMs } = this.faults;
    if (random.next() < lose) return trace(`lost ${what}`);
    const copies = random.next() < repeat ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      clock.after(randomInt(random, 1, delayMaxMs), () => {
        if (this.#open?.connection !== connection) return;
        trace(what);
        deliver();
      });
  }
}
