import type { ReadEvidence } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { type EdgeEvent, type EdgeEventBody, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Direction, LinkState, MovementOutcome } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { OpenStoreOptions } from "../../store/store-port.ts";
import { type TempStore, tempStore } from "../../store/testing/temp-store.ts";
import type { DecisionDesk, DecisionRequest, LaneDecision } from "../decision-desk.ts";
import { createDecisionDesk } from "../desk.ts";
import { ENTRY_LANE, EXIT_LANE, LOT_ID, loadReplica, lotItem, samplePolicy, tariffItem } from "./lot-sample.ts";

/** What stands at a lane; a plate is a read of the camera, a code something that was shown. */
export interface AtLane {
  readonly plate?: string;
  readonly confidence?: number;
  readonly code?: { readonly kind: "ticket" | "qr" | "card" | "pin"; readonly value: string };
  readonly laneId?: Uuid;
  readonly again?: LaneDecision;
  readonly lostTicket?: boolean;
  readonly override?: DecisionRequest["override"];
}

const LOG = { info: () => {}, warn: () => {}, error: () => {} };

/** A lot's real store and desk, driven as a lane drives them. */
export class DeskLot {
  readonly temp: TempStore;
  link: LinkState = "online";
  desk: DecisionDesk;
  #version = 0;

  constructor(store: Partial<OpenStoreOptions> = {}) {
    this.temp = tempStore(store);
    this.desk = this.#newDesk();
  }

  /** Puts a policy, the sample tariff and other items in force. */
  async load(policy: Partial<LotPolicy> = {}, items: readonly ReplicaItem[] = []): Promise<void> {
    this.#version += 1;
    const all = [lotItem(samplePolicy(policy)), tariffItem(), ...items];
    await loadReplica(this.temp.store, all, { version: this.#version });
  }

  enter(at: AtLane): Promise<LaneDecision> {
    return this.decide("entry", at);
  }

  leave(at: AtLane): Promise<LaneDecision> {
    return this.decide("exit", at);
  }

  decide(direction: Direction, at: AtLane): Promise<LaneDecision> {
    const { plate, code, laneId = direction === "entry" ? ENTRY_LANE : EXIT_LANE, again, lostTicket, override } = at;
    return this.desk.decide({
      laneId,
      direction,
      credential:
        code ?? (plate === undefined ? { kind: "operator", value: "button" } : { kind: "plate", value: plate }),
      read: plate === undefined ? null : this.#read(plate, at.confidence ?? null),
      override: override ?? null,
      again: again?.movementId ?? null,
      lostTicket: lostTicket ?? false,
    });
  }

  end({ movementId }: LaneDecision, outcome: MovementOutcome = "passed"): Promise<void> {
    return this.desk.finish({ movementId, outcome, endedAt: this.temp.clock.wall() });
  }

  /** Decides, and passes where that admits. */
  async drive(direction: Direction, at: AtLane): Promise<LaneDecision> {
    const decision = await this.decide(direction, at);
    if (decision.outcome === "admit") await this.end(decision);
    return decision;
  }

  pay(decision: LaneDecision, amountMinor = decision.due?.amountMinor ?? 0, reference = "T-1"): Promise<LaneDecision> {
    const { movementId, sessionId } = decision;
    const amount = { amountMinor, currency: "EUR" };
    return this.desk.paid({
      movementId,
      sessionId: sessionId ?? "",
      laneId: EXIT_LANE,
      amount,
      method: "credit_card",
      reference,
    });
  }

  /** A ticket as the entry's printer prints it. */
  ticket(): { readonly kind: "ticket"; readonly value: string } {
    return { kind: "ticket", value: this.desk.newTicketCode(ENTRY_LANE) };
  }

  sessions(openOnly = false) {
    return this.temp.store.queries.sessions({ openOnly, plate: null, limit: 100 });
  }

  counts() {
    return this.temp.store.records.occupancy.counts();
  }

  ofType<Type extends EdgeEventBody["type"]>(type: Type): Extract<EdgeEventBody, { type: Type }>[] {
    return this.#events().flatMap(({ body }) =>
      body.type === type ? [body as Extract<EdgeEventBody, { type: Type }>] : [],
    );
  }

  advance(ms: number): void {
    this.temp.clock.advance(ms);
  }

  async restart(): Promise<void> {
    await this.temp.reopen();
    this.desk = this.#newDesk();
  }

  #events(): EdgeEvent[] {
    const batch = this.temp.store.outbox.readBatch(1, { maxEvents: 10_000, maxBytes: 10_000_000 });
    return (batch?.lines ?? []).map((line) => edgeEvent.parse(JSON.parse(line)));
  }

  #read(raw: string, confidence: number | null): ReadEvidence {
    return {
      raw,
      normalised: raw,
      matched: null,
      confidence,
      source: "camera",
      vendor_event_id: null,
      captured_at: null,
      received_at: this.temp.clock.wall(),
    };
  }

  #newDesk(): DecisionDesk {
    const { store, newId, clock } = this.temp;
    return createDecisionDesk({
      store,
      site: { lot_id: LOT_ID },
      newId,
      clock,
      clockQuality: () => this.temp.quality,
      linkState: () => this.link,
      log: LOG,
    });
  }
}
