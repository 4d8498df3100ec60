import { BATCH_MAX_EVENTS, BATCHES_IN_FLIGHT } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { type Backoff, retryUntil } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { IngestAnswer } from "../../services/ingest/ingest-batches.ts";
import type { ReadBatch } from "../../services/ingest/read-events.ts";
import type { IntakeBudget } from "./intake-budget.ts";

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

export interface IntakeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: IntakeBudget;
  /** Commits batches of one epoch; rejects when the database can't. */
  readonly commit: (batches: readonly ReadBatch[]) => Promise<IngestAnswer>;
  /** Called after the commit. */
  readonly onCommitted: (answer: IngestAnswer) => void;
  readonly onFailure: (error: unknown, attempt: number, waitMs: number) => void;
}

interface Waiting {
  readonly batch: ReadBatch;
  readonly bytes: number;
}

/** The events of one connection on their way into the database: in order, one transaction at a time, bounded. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #ended = new AbortController();
  #queue: Waiting[] = [];
  #isWorking = false;
  #committed = { epoch: 0, cursor: 0 };
  #work: Promise<void> = Promise.resolve();
  #roomWaiters: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes a batch of `bytes` on the wire. Resolves when it is queued (true) or was dropped (false). Never rejects. */
  async offer(batch: ReadBatch, bytes: number): Promise<boolean> {
    if (!(await this.#hasRoom())) return false;
    if (this.#isNew(batch)) batch.reads();
    this.#queue.push({ batch, bytes });
    this.#options.budget.take(bytes);
    if (!this.#isWorking) this.#work = this.#drainQueue();
    return true;
  }

  /** Of what is committed already only the hashes are compared, so its lines need no reading. */
  #isNew({ header }: ReadBatch): boolean {
    const { epoch, cursor } = this.#committed;
    return header.epoch !== epoch || header.first + header.count - 1 > cursor;
  }

  /** Resolves when all that was queued is committed, or the intake has ended. */
  async settled(): Promise<void> {
    while (this.#isWorking) await this.#work;
  }

  /** Drops what waits. A transaction under way comes to its own end. */
  end(): void {
    this.#ended.abort();
    for (const { bytes } of this.#queue) this.#options.budget.give(bytes);
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
    while (this.#queue.length > 0) {
      const run = this.#takeRun();
      this.#wakeWaiters();
      await this.#commitRun(run.map(({ batch }) => batch));
      for (const { bytes } of run) this.#options.budget.give(bytes);
    }
    this.#isWorking = false;
  }

  async #commitRun(batches: readonly ReadBatch[]): Promise<void> {
    const { clock, random, commit, onCommitted, onFailure } = this.#options;
    const retry = { clock, random, backoff: RETRY, signal: this.#ended.signal, onFailure };
    // Rejects only when the connection has ended; then nobody waits for the answer.
    const answer = await retryUntil(() => commit(batches), retry).catch(() => null);
    if (!answer) return;
    this.#committed = answer.position;
    onCommitted(answer);
  }

  /** The next batches of one epoch, as many as go into one transaction, at least one. */
  #takeRun(): Waiting[] {
    const run: Waiting[] = [];
    let events = 0;
    for (const waiting of this.#queue) {
      events += waiting.batch.header.count;
      const isOther = run[0] && run[0].batch.header.epoch !== waiting.batch.header.epoch;
      if (run.length > 0 && (isOther || events > RUN_MAX_EVENTS)) break;
      run.push(waiting);
    }
    this.#queue = this.#queue.slice(run.length);
    return run;
  }
}
