import { EventScript } from "@gatehouse/cloud/hub/testing/event-script.ts";
import type { DecisionDesk } from "@gatehouse/edge/decision/decision-desk.ts";
import { createDecisionDesk } from "@gatehouse/edge/decision/desk.ts";
import type { EdgeStore } from "@gatehouse/edge/store/store-port.ts";
import type { Uplink } from "@gatehouse/edge/uplink/uplink.ts";
import { type EdgeEventBody, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { BenchEdge, clock, log, newId } from "../edges/bench-edge.ts";
import type { EdgeOrder } from "./messages.ts";

const EVENTS_A_TRANSACTION = 500;
/** Seven events tell of one stay. */
const EVENTS_A_STAY = 7;
const LOOK_EVERY_MS = 2;

/** An edge as it runs at a lot, but for its lanes: the real store, desk and uplink, in a folder of its own. */
export class DrainEdge {
  readonly #order: EdgeOrder;
  readonly #edge: BenchEdge;
  readonly #store: EdgeStore;
  readonly #desk: DecisionDesk;
  #uplink: Uplink | null = null;

  constructor(order: EdgeOrder) {
    this.#order = order;
    this.#edge = new BenchEdge(order.identity);
    this.#store = this.#edge.store;
    this.#desk = createDecisionDesk({
      store: this.#store,
      site: { lot_id: order.identity.lotId },
      ...{ newId, clock, log },
      clockQuality: () => "synced",
      linkState: () => this.#uplink?.linkState() ?? "network_down",
    });
  }

  get pending(): number {
    const { lastN, confirmedN } = this.#store.outbox.head();
    return lastN - confirmedN;
  }

  /** Resolves once the cloud has answered; nothing is awaited of the backlog. */
  async link(): Promise<void> {
    if (this.#uplink) return;
    this.#uplink = this.#edge.newUplink();
    await this.#uplink.run();
    await until(() => this.#uplink?.linkState() === "online");
  }

  async unlink(): Promise<void> {
    await this.#uplink?.stop();
    this.#uplink = null;
  }

  /** The lot's data from the cloud, then the backlog, written with no link. */
  async fill(): Promise<void> {
    await this.link();
    await until(() => this.#store.replica.status().version > 0);
    await this.unlink();
    const bodies = this.#backlog();
    for (let from = 0; from < bodies.length; from += EVENTS_A_TRANSACTION) {
      const some = bodies.slice(from, from + EVENTS_A_TRANSACTION);
      await this.#store.transact((tx) => some.map((body) => tx.emit(body)));
    }
  }

  /** Until the cloud has confirmed all events. */
  async drained(): Promise<void> {
    await until(() => this.pending === 0);
  }

  /** Writes one more event and waits until the cloud has confirmed it; ms from before it was written. */
  async writeFresh(): Promise<number> {
    const began = performance.now();
    await this.#store.transact((tx) => tx.emit(this.#freshBody()));
    const { lastN } = this.#store.outbox.head();
    await until(() => this.#store.outbox.head().confirmedN >= lastN);
    return performance.now() - began;
  }

  /** Decides an unknown vehicle at the entry, and lets it pass; ms of the decision alone. */
  async decide(): Promise<number> {
    const plate = `F${Math.floor(systemRandom.next() * 1_000_000)}`;
    const began = performance.now();
    const { movementId } = await this.#desk.decide({
      laneId: this.#order.entryLane,
      direction: "entry",
      credential: { kind: "plate", value: plate },
      read: {
        ...{ raw: plate, normalised: plate, matched: null, confidence: 0.97, source: "cam-1" },
        ...{ vendor_event_id: null, captured_at: clock.wall(), received_at: clock.wall() },
      },
      override: null,
    });
    const tookMs = performance.now() - began;
    await this.#desk.finish({ movementId, outcome: "passed", endedAt: clock.wall() });
    return tookMs;
  }

  async close(): Promise<void> {
    await this.unlink();
    await this.#edge.close();
  }

  #freshBody(): EdgeEventBody {
    const now = clock.wall();
    return {
      type: "movement.recorded",
      movement_id: newId(),
      lane_id: this.#order.entryLane,
      direction: "entry",
      outcome: "backed_out",
      session_id: null,
      plate: "FRESH1",
      began_at: now - 500,
      ended_at: now,
    };
  }

  #backlog(): readonly EdgeEventBody[] {
    const { identity, entryLane, exitLane, events } = this.#order;
    const seed = Number.parseInt(identity.deviceId.slice(-8), 16);
    const script = new EventScript({ deviceId: identity.deviceId, epoch: 1, entryLane, exitLane, seed });
    for (let stay = 0; stay < events / EVENTS_A_STAY; stay++) {
      const plate = `B${(stay * 7919) % 1_000_000}`;
      const session = script.enter(plate);
      script.pay(session, 400);
      script.leave(session, plate, 400);
    }
    return script.lines.slice(0, events).map((line) => edgeEvent.parse(JSON.parse(line)).body);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(clock, LOOK_EVERY_MS);
}
