import type {
  BatchLimits,
  CloudCursor,
  CursorAnswer,
  OutboxBatch,
  OutboxHead,
} from "@gatehouse/edge/store/outbox-port.ts";
import type { OutboxSource } from "@gatehouse/edge/uplink/ports.ts";
import type { EdgeEvent, EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

/**
 * A model of the edge's outbox that keeps everything: every append is durable at once, a confirmation is not until
 * `crash` has been asked what it loses. Epochs never change in it.
 */
export class MemoryOutbox implements OutboxSource {
  readonly lines: string[] = [];
  readonly #hashes: string[] = [ZERO_HASH];
  readonly #clock: Pick<Clock, "wall" | "mono">;
  readonly #listeners = new Set<() => void>();
  boot: Uuid;
  #confirmedN = 0;

  constructor(clock: Pick<Clock, "wall" | "mono">, boot: Uuid) {
    this.#clock = clock;
    this.boot = boot;
  }

  async append(body: EdgeEventBody): Promise<number> {
    const n = this.lines.length + 1;
    const at = Math.round(this.#clock.wall());
    const event: EdgeEvent = { n, at, mono: this.#clock.mono(), boot: this.boot, quality: "unknown", body };
    const line = JSON.stringify(event);
    this.#hashes.push(chainHash(this.#hashAt(n - 1), line));
    this.lines.push(line);
    for (const listener of this.#listeners) listener();
    return n;
  }

  /** The process dies: what it knew of the cloud's confirmations since their last flush is gone. */
  crash(boot: Uuid): void {
    this.boot = boot;
    this.#listeners.clear();
    this.#confirmedN = 0;
  }

  head(): OutboxHead {
    const lastN = this.lines.length;
    const confirmed = { confirmedN: this.#confirmedN, confirmedHash: this.#hashAt(this.#confirmedN) };
    return { epoch: 1, lastN, lastHash: this.#hashAt(lastN), ...confirmed, wantsEpoch: false };
  }

  hashAt(n: number): string | null {
    return this.#hashes[n] ?? null;
  }

  readBatch(fromN: number, { maxEvents, maxBytes }: BatchLimits): OutboxBatch | null {
    const lines: string[] = [];
    let bytes = 0;
    for (const line of this.lines.slice(fromN - 1, fromN - 1 + maxEvents)) {
      bytes += Buffer.byteLength(line) + 1;
      if (lines.length > 0 && bytes > maxBytes) break;
      lines.push(line);
    }
    if (lines.length === 0) return null;
    const lastN = fromN - 1 + lines.length;
    const header = { epoch: 1, first: fromN, count: lines.length, previous_hash: this.#hashAt(fromN - 1) };
    return { header, lines, lastN, lastHash: this.#hashAt(lastN) };
  }

  confirm(cursor: CloudCursor): CursorAnswer {
    return cursor.cursor <= this.#confirmedN ? { kind: "known" } : this.#move(cursor);
  }

  rewind(cursor: CloudCursor): CursorAnswer {
    return this.#move(cursor);
  }

  setEpoch(): Promise<void> {
    return Promise.reject(new RangeError("This model of an outbox has one epoch."));
  }

  epochAgreed(): void {
    // The store was agreed from its beginning.
  }

  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #move({ cursor: n, hash }: CloudCursor): CursorAnswer {
    if (n > this.lines.length) return { kind: "cloud_ahead", lastN: this.lines.length };
    const ourHash = this.#hashAt(n);
    if (ourHash !== hash) return { kind: "fork", n, ourHash };
    this.#confirmedN = n;
    return { kind: "moved" };
  }

  #hashAt(n: number): string {
    const hash = this.#hashes[n];
    if (hash === undefined) throw new RangeError(`No event ${n} was written.`);
    return hash;
  }
}
