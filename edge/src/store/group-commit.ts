import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import type { Database } from "better-sqlite3";
import { endsTrust, storeError, toStoreError } from "./store-errors.ts";
import type { StoreHealth, StoreLog } from "./store-port.ts";

/** Requests that may wait at the same time; the next one is rejected. Some seconds of full load on a slow card. */
export const QUEUE_MAX = 4_096;
/** Requests that share one flush. Bounds how long the thread is kept from its other work. */
export const GROUP_MAX = 256;
/** Longest time that a deferred write waits for a commit to join. */
const DEFER_MAX_MS = 1_000;

/** State in memory that mirrors the database and must follow it when a transaction is undone. */
export interface MirroredState {
  /** Remembers the present state; the returned function puts it back. */
  save(): () => void;
}

export interface GroupCommitOptions {
  readonly db: Database;
  readonly clock: Pick<Clock, "after">;
  readonly log: StoreLog;
  readonly mirrored: readonly MirroredState[];
  /** Told after each commit, before its promises resolve. */
  readonly onCommit: (requests: number) => void;
}

export interface CommitWish {
  /** Somebody waits at a gate: deferred writes don't join this commit, unless they have waited for too long. */
  readonly urgent: boolean;
}

interface Request extends CommitWish {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Error };

/**
 * One flush for all requests that wait at the moment: they queue, and the next turn of the event loop runs them in one
 * transaction, each in a savepoint of its own. There is no timer, so a lone request waits for nobody.
 *
 * Invariants: a promise resolves only after the COMMIT that holds its changes; a request that throws leaves nothing
 * behind and harms no other; when the COMMIT fails, none of the group has happened.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #statements: Record<"begin" | "commit" | "rollback" | "mark" | "undo" | "keep", () => unknown>;
  readonly #deferred = new Map<string, () => void>();
  #queue: Request[] = [];
  #scheduled = false;
  #deferTimer: Timer | null = null;
  #deferredTooLong = false;
  #broken: Error | null = null;
  #lastFailure: Error | null = null;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    const statement = (sql: string): (() => unknown) => {
      const prepared = options.db.prepare(sql);
      return () => prepared.run();
    };
    this.#statements = {
      begin: statement("BEGIN IMMEDIATE"),
      commit: statement("COMMIT"),
      rollback: statement("ROLLBACK"),
      mark: statement("SAVEPOINT request"),
      undo: statement("ROLLBACK TO request"),
      keep: statement("RELEASE request"),
    };
  }

  /**
   * Runs `work` in the next group; resolves with its value once that is durable. Rejects with what `work` threw, or
   * with `store_failed`.
   */
  transact<T>(work: () => T, { urgent }: CommitWish = { urgent: false }): Promise<T> {
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(refusal);
    const result = new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, urgent, resolve: resolve as (value: unknown) => void, reject });
    });
    this.#schedule();
    return result;
  }

  /** Lets `work` join a commit that isn't urgent, or any after a second; of several with one key only the last is run. */
  defer(key: string, work: () => void): void {
    if (this.#closed) return;
    this.#deferred.set(key, work);
    this.#deferTimer ??= this.#options.clock.after(DEFER_MAX_MS, () => {
      this.#deferredTooLong = true;
      this.#schedule();
    });
  }

  health(): StoreHealth {
    const failure = this.#broken ?? this.#lastFailure;
    return { ok: failure === null, message: failure?.message ?? null };
  }

  /** Runs what is queued, then takes no more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#queue.length > 0 || this.#deferred.size > 0) {
      if (!this.#runGroup()) break;
    }
    this.#deferTimer?.cancel();
  }

  #refusal(): Error | null {
    if (this.#closed) return storeError("store_failed", "The gate's store is closed: the agent is stopping.");
    if (this.#broken !== null) return this.#broken;
    if (this.#queue.length < QUEUE_MAX) return null;
    return storeError("store_failed", `The disk is too slow: ${QUEUE_MAX} changes wait to be kept.`);
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#closed) return;
      this.#runGroup();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  /** False when nothing could be committed. */
  #runGroup(): boolean {
    const group = this.#queue.length <= GROUP_MAX ? this.#queue : this.#queue.slice(0, GROUP_MAX);
    this.#queue = group === this.#queue ? [] : this.#queue.slice(GROUP_MAX);
    const mayJoin = this.#deferredTooLong || !group.some(({ urgent }) => urgent);
    const deferred = mayJoin ? this.#takeDeferred() : [];
    if (group.length === 0 && deferred.length === 0) return true;
    const restore = this.#save();
    try {
      this.#statements.begin();
      const [only] = group;
      // A request that is alone needs no savepoint: undoing it is undoing the transaction.
      const outcomes =
        only !== undefined && group.length === 1 && deferred.length === 0
          ? [{ ok: true, value: runAlone(only) } as const]
          : group.map((request) => this.#runRequest(request));
      for (const [, work] of deferred) work();
      this.#statements.commit();
      this.#lastFailure = null;
      this.#options.onCommit(group.length);
      settle(group, outcomes);
      return true;
    } catch (error) {
      restore();
      if (error instanceof OwnFailure) this.#undoAlone(group, error);
      else this.#fail(group, deferred, error);
      return error instanceof OwnFailure;
    }
  }

  #undoAlone(group: readonly Request[], { cause }: OwnFailure): void {
    if (!this.#options.db.inTransaction) return this.#fail(group, [], cause);
    this.#statements.rollback();
    for (const { reject } of group) reject(toStoreError(cause));
  }

  #runRequest(request: Request): Outcome {
    const restore = this.#save();
    this.#statements.mark();
    try {
      const value = request.work();
      this.#statements.keep();
      return { ok: true, value };
    } catch (error) {
      // SQLite ends the whole transaction itself after some errors (a full disk); then the group has failed.
      if (!this.#options.db.inTransaction) throw error;
      this.#statements.undo();
      this.#statements.keep();
      restore();
      return { ok: false, error: toStoreError(error) };
    }
  }

  #fail(group: readonly Request[], deferred: readonly (readonly [string, () => void])[], cause: unknown): void {
    const error = toStoreError(cause);
    if (this.#options.db.inTransaction) this.#statements.rollback();
    if (endsTrust(cause)) this.#broken = error;
    if (this.#lastFailure?.message !== error.message) {
      this.#options.log.error({ code: errorCode(cause), waiting: group.length }, error.message);
    }
    this.#lastFailure = error;
    for (const [key, work] of deferred) if (!this.#deferred.has(key)) this.#deferAgain(key, work);
    for (const { reject } of group) reject(error);
  }

  #deferAgain(key: string, work: () => void): void {
    if (this.#broken === null) this.defer(key, work);
  }

  #takeDeferred(): readonly (readonly [string, () => void])[] {
    this.#deferredTooLong = false;
    if (this.#deferred.size === 0) return [];
    const taken = [...this.#deferred];
    this.#deferred.clear();
    this.#deferTimer?.cancel();
    this.#deferTimer = null;
    return taken;
  }

  #save(): () => void {
    const restores = this.#options.mirrored.map((state) => state.save());
    return () => {
      for (const restore of restores) restore();
    };
  }
}

/** What a lone request threw, apart from a failure of the commit around it. */
class OwnFailure extends Error {
  constructor(cause: unknown) {
    super("A request failed", { cause });
  }
}

function runAlone({ work }: Request): unknown {
  try {
    return work();
  } catch (error) {
    throw new OwnFailure(error);
  }
}

function settle(group: readonly Request[], outcomes: readonly Outcome[]): void {
  for (const [at, { resolve, reject }] of group.entries()) {
    const outcome = outcomes[at];
    if (outcome?.ok) resolve(outcome.value);
    else if (outcome) reject(outcome.error);
  }
}
