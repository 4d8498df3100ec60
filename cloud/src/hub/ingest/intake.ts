import { BATCH_MAX_EVENTS, BATCHES_IN_FLIGHT } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Backoff, retryUntil } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { IngestAnswer } from "../../services/ingest/ingest-batches.ts";
import type { ReadBatch } from "../../services/ingest/read-events.ts";
import type { IntakeBudget } from "./intake-budget.ts";
import { type PackedBatch, packedBatch } from "./packed-batch.ts";
import type { Turnstile } from "./turnstile.ts";

/** Batches that wait for one connection; an edge that keeps the protocol never has more than half of them under way. */
const QUEUE_MAX_BATCHES = 2 * BATCHES_IN_FLIGHT;
/** How long a message may wait for room; then it is dropped, since the edge has it on disk and sends it again. */
const ROOM_WAIT_MAX_MS = 5_000;
/**
 * Events that go into one transaction when batches have queued up. Two full ones: of the four that an edge has in flight
 * the other two are read meanwhile, and a flush of the disk serves twice as many.
 */
const RUN_MAX_EVENTS = 2 * BATCH_MAX_EVENTS;
const RETRY: Backoff = { firstMs: 100, maxMs: 5_000, jitter: 0.5 };

/** Batches that are read before their turn: a run of full ones. */
const READ_AHEAD_BATCHES = RUN_MAX_EVENTS / BATCH_MAX_EVENTS;
/** After the start of a commit; its own statements are under way by then, and the database has work for longer. */
const READ_AHEAD_AFTER_MS = 5;
/** What a transaction costs beside its events, as bytes of them on the wire: its statements and its flush. */
const TRANSACTION_COST_BYTES = 4_096;

export interface IntakeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: IntakeBudget;
  /** Shared by all connections, so that backlogs leave the database room for others. */
  readonly turnstile: Turnstile;
  readonly deviceId: Uuid;
  /** Takes a message apart; null when it is no batch of this device, which has then been told. */
  readonly unpack: (message: Uint8Array) => ReadBatch | null;
  /** Commits batches of one epoch; rejects when the database can't. */
  readonly commit: (batches: readonly ReadBatch[]) => Promise<IngestAnswer>;
  /** Called after the commit. */
  readonly onCommitted: (answer: IngestAnswer) => void;
  readonly onFailure: (error: unknown, attempt: number, waitMs: number) => void;
}

/**
 * The events of one connection on their way into the database: in order, one transaction at a time, bounded. A message is
 * unpacked and read when its turn comes, or while the one before it is being committed: what a hundred lots have sent
 * keeps no event waiting that could be written now.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #ended = new AbortController();
  #queue: PackedBatch[] = [];
  #isWorking = false;
  /** Its turn has come: the database works on the run before. */
  #isCommitting = false;
  #committed = { epoch: 0, cursor: 0 };
  #work: Promise<void> = Promise.resolve();
  #roomWaiters: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes a message with a batch. Resolves when it is queued (true) or was dropped (false). Never rejects. */
  async offer(message: Uint8Array): Promise<boolean> {
    if (!(await this.#hasRoom())) return false;
    this.#queue.push(packedBatch(message, this.#options.unpack));
    this.#options.budget.take(message.length);
    if (this.#isCommitting) this.#readAhead();
    if (!this.#isWorking) this.#work = this.#drainQueue();
    return true;
  }

  /** Resolves when all that was queued is committed, or the intake has ended. */
  async settled(): Promise<void> {
    while (this.#isWorking) await this.#work;
  }

  /** Drops what waits. A transaction under way comes to its own end. */
  end(): void {
    this.#ended.abort();
    this.#options.budget.give(bytesOf(this.#queue));
    this.#queue = [];
    this.#wakeWaiters();
  }

  async #hasRoom(): Promise<boolean> {
    const { clock, budget } = this.#options;
    const until = clock.mono() + ROOM_WAIT_MAX_MS;
    while (!this.#ended.signal.aborted) {
      if (this.#queue.length < QUEUE_MAX_BATCHES && budget.hasRoom()) return true;
      const leftMs = until - clock.mono();
      if (leftMs <= 0) return false;
      await Promise.race([sleep(clock, leftMs, this.#ended.signal), this.#nextRoom()]);
    }
    return false;
  }

  #nextRoom(): Promise<void> {
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  #wakeWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const wake of waiters) wake();
  }

  async #drainQueue(): Promise<void> {
    this.#isWorking = true;
    while (this.#queue.length > 0) await this.#commitNext();
    this.#isWorking = false;
  }

  async #commitNext(): Promise<void> {
    const { clock, random, budget, onCommitted, onFailure } = this.#options;
    const retry = { clock, random, backoff: RETRY, signal: this.#ended.signal, onFailure };
    const run: PackedBatch[] = [];
    // Rejects only when the connection has ended; then nobody waits for the answer.
    const answer = await retryUntil(() => this.#commitInTurn(run), retry).catch(() => null);
    budget.give(bytesOf(run));
    if (!answer) return;
    this.#committed = answer.position;
    onCommitted(answer);
  }

  /** Fills `run` at its first turn; a later one is for the same batches. */
  #commitInTurn(run: PackedBatch[]): Promise<IngestAnswer | null> {
    const { turnstile, deviceId } = this.#options;
    const cost = costOf(run.length > 0 ? run : this.#queue);
    return turnstile.run(deviceId, cost, async (turn) => {
      if (run.length === 0) run.push(...this.#takeRun());
      turn.costs(costOf(run));
      const batches = run.flatMap((packed) => this.#read(packed) ?? []);
      return batches.length === 0 ? null : this.#commit(batches);
    });
  }

  async #commit(batches: readonly ReadBatch[]): Promise<IngestAnswer> {
    const { clock, commit } = this.#options;
    this.#isCommitting = true;
    const later = clock.after(READ_AHEAD_AFTER_MS, () => this.#readAhead());
    try {
      return await commit(batches);
    } finally {
      later.cancel();
      this.#isCommitting = false;
    }
  }

  #readAhead(): void {
    for (const packed of this.#queue.slice(0, READ_AHEAD_BATCHES)) this.#read(packed);
  }

  /** Of what is committed already only the hashes are compared, so its lines need no reading. */
  #read(packed: PackedBatch): ReadBatch | null {
    const batch = packed.unpacked();
    if (!batch) return null;
    const { epoch, cursor } = this.#committed;
    const { header } = batch;
    if (header.epoch !== epoch || header.first + header.count - 1 > cursor) batch.reads();
    return batch;
  }

  /** The next batches of one epoch, as many as go into one transaction, at least one; what can't be read goes with them. */
  #takeRun(): PackedBatch[] {
    const run: PackedBatch[] = [];
    let events = 0;
    let epoch: number | null = null;
    for (const packed of this.#queue) {
      const header = packed.unpacked()?.header;
      events += header?.count ?? 0;
      const isOther = header && header.epoch !== (epoch ?? header.epoch);
      if (epoch !== null && (isOther || events > RUN_MAX_EVENTS)) break;
      epoch ??= header?.epoch ?? null;
      run.push(packed);
    }
    this.#queue = this.#queue.slice(run.length);
    this.#wakeWaiters();
    return run;
  }
}

function bytesOf(batches: readonly PackedBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0);
}

function costOf(batches: readonly PackedBatch[]): number {
  return TRANSACTION_COST_BYTES + bytesOf(batches);
}
