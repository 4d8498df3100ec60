import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { PROTOCOL_OLDEST } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { formatUuid } from "@gatehouse/shared/kit/ids.ts";
import { type Random, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { type Batch, encodeBatch } from "@gatehouse/shared/sync/batch.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

const START = 1_790_000_000_000;

export interface ScriptOptions {
  readonly deviceId: string;
  readonly epoch: number;
  readonly entryLane: string;
  readonly exitLane: string;
  readonly seed: number;
}

/** Writes events as an edge's outbox does: numbered, chained, as exact lines. */
export class EventScript {
  readonly lines: string[] = [];
  /** H(n) at index n. */
  readonly hashes: string[] = [ZERO_HASH];
  readonly #options: ScriptOptions;
  readonly #random: Random;
  readonly #boot: string;

  constructor(options: ScriptOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#boot = this.id();
  }

  id(): string {
    return formatUuid(this.#random.bytes(16));
  }

  get lastN(): number {
    return this.lines.length;
  }

  get lastHash(): string {
    return this.hashes[this.lastN] ?? ZERO_HASH;
  }

  /** Wall time of the event with number `n`. */
  at(n: number): number {
    return START + n * 1_000;
  }

  add(body: EdgeEventBody): number {
    const n = this.lines.length + 1;
    return this.addLine(
      JSON.stringify({ n, at: this.at(n), mono: n * 1_000, boot: this.#boot, quality: "synced", body }),
    );
  }

  addLine(line: string): number {
    this.lines.push(line);
    this.hashes.push(chainHash(this.lastHashBefore(this.lines.length), line));
    return this.lines.length;
  }

  /** A vehicle comes in: decision, session, passage. Returns the session's id. */
  enter(plate: string): string {
    const sessionId = this.id();
    const movementId = this.id();
    this.add(this.#decision({ movementId, sessionId, plate, direction: "entry" }));
    this.add({
      type: "session.opened",
      session_id: sessionId,
      plate,
      ticket: null,
      kind: "transient",
      permit_id: null,
      reservation_id: null,
      lane_id: this.#options.entryLane,
      movement_id: movementId,
      spot_type: "standard",
      tariff: null,
      entered_at: this.at(this.lines.length + 1),
    });
    this.add(this.#passage({ movementId, sessionId, plate, direction: "entry", outcome: "passed" }));
    return sessionId;
  }

  /** It turns back at the arm. */
  backOut(sessionId: string): void {
    this.add({ type: "session.voided", session_id: sessionId, reason: "backed_out" });
  }

  /** Returns the payment's id. */
  pay(sessionId: string, amountMinor: number, paymentId = this.id()): string {
    this.add({
      type: "payment.taken",
      payment_id: paymentId,
      session_id: sessionId,
      lane_id: this.#options.exitLane,
      amount_minor: amountMinor,
      currency: "EUR",
      method: "credit_card",
      reference: "terminal-1",
      paid_until: null,
    });
    return paymentId;
  }

  /** It leaves: decision, passage, session closed. */
  leave(sessionId: string, plate: string, feeMinor: number): void {
    const movementId = this.id();
    this.add(this.#decision({ movementId, sessionId, plate, direction: "exit" }));
    this.add(this.#passage({ movementId, sessionId, plate, direction: "exit", outcome: "passed" }));
    this.add({
      type: "session.closed",
      session_id: sessionId,
      reason: "exit",
      lane_id: this.#options.exitLane,
      movement_id: movementId,
      exited_at: this.at(this.lines.length + 1),
      fee_minor: feeMinor,
      paid_minor: feeMinor,
      debt_minor: 0,
      currency: "EUR",
    });
  }

  /** The events `first` to `last` as a batch, with the header it has on the wire. */
  batch(first: number, last: number): Batch {
    const { deviceId, epoch } = this.#options;
    const header = {
      v: PROTOCOL_OLDEST,
      device_id: deviceId,
      epoch,
      first,
      count: last - first + 1,
      previous_hash: this.lastHashBefore(first),
    };
    return { header, lines: this.lines.slice(first - 1, last) };
  }

  bytes(first: number, last: number): Uint8Array {
    const { header, lines } = this.batch(first, last);
    return encodeBatch(header, lines);
  }

  lastHashBefore(n: number): string {
    return this.hashes[n - 1] ?? ZERO_HASH;
  }

  #decision(of: { movementId: string; sessionId: string; plate: string; direction: "entry" | "exit" }): EdgeEventBody {
    return {
      type: "decision.made",
      movement_id: of.movementId,
      lane_id: of.direction === "entry" ? this.#options.entryLane : this.#options.exitLane,
      direction: of.direction,
      outcome: "admit",
      ask: null,
      reasons: ["transient", 'with "quotes" and \\'],
      display_key: "welcome",
      credential: null,
      read: {
        raw: of.plate.toLowerCase(),
        normalised: of.plate,
        matched: null,
        confidence: 0.97,
        source: "camera-1",
        vendor_event_id: null,
        captured_at: null,
        received_at: START,
      },
      session_id: of.sessionId,
      tariff: null,
      fee_minor: null,
      due_minor: null,
      currency: null,
      replica_version: 3,
      replica_age_ms: 1_200,
      link_state: "online",
    };
  }

  #passage(of: {
    movementId: string;
    sessionId: string;
    plate: string;
    direction: "entry" | "exit";
    outcome: "passed" | "backed_out";
  }): EdgeEventBody {
    const now = this.at(this.lines.length + 1);
    return {
      type: "movement.recorded",
      movement_id: of.movementId,
      lane_id: of.direction === "entry" ? this.#options.entryLane : this.#options.exitLane,
      direction: of.direction,
      outcome: of.outcome,
      session_id: of.sessionId,
      plate: of.plate,
      began_at: now - 500,
      ended_at: now,
    };
  }
}
