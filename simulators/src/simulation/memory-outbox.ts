import { AGREED_WITHIN_MS } from "@gatehouse/edge/store/outbox.ts";
import type {
  BatchLimits,
  CloudCursor,
  CursorAnswer,
  OutboxBatch,
  OutboxHead,
} from "@gatehouse/edge/store/outbox-port.ts";
import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { chainHash, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

/** What an event says beside its number, as the edge's line carries it: it stays when the event gets another number. */
export function tailOf(line: string): string {
  return line.slice(line.indexOf(",") + 1);
}

interface Disk {
  readonly epoch: number;
  readonly wantsEpoch: boolean;
  readonly lines: readonly string[];
  readonly hashes: readonly string[];
  readonly writtenAt: readonly number[];
  readonly confirmedN: number;
  readonly prunedN: number;
}

/**
 * A model of the edge's outbox on its disk. An append is durable at once, a confirmation and the end of the wish for an epoch
 * only with the next append. It outlives the agent, and can be set back to a copy of itself. What it deletes it does not give
 * out any more, but keeps for those who judge.
 */
export class MemoryOutbox {
  lines: string[] = [];
  #hashes: string[] = [ZERO_HASH];
  #writtenAt: number[] = [];
  #prunedN = 0;
  #agreedAt: number | null = null;
  readonly #clock: Pick<Clock, "mono" | "wall">;
  #epoch: number;
  #wantsEpoch: boolean;
  #confirmedN = 0;
  #durableConfirmedN = 0;
  #durableWantsEpoch: boolean;

  constructor(epoch: number, wantsEpoch: boolean, clock: Pick<Clock, "mono" | "wall">) {
    this.#clock = clock;
    this.#epoch = epoch;
    this.#wantsEpoch = wantsEpoch;
    this.#durableWantsEpoch = wantsEpoch;
  }

  /** Appends an event without its number; returns the number. */
  append(event: Omit<EdgeEvent, "n" | "body"> & { readonly body: object }): number {
    const n = this.lines.length + 1;
    const line = JSON.stringify({ n, ...event });
    this.#hashes.push(chainHash(this.#at(this.lines.length), line));
    this.lines.push(line);
    this.#writtenAt.push(this.#clock.wall());
    this.#keepHead();
    return n;
  }

  /** Deletes what is confirmed and was written before a wall time, if the cloud has been heard lately (SYNC-06). */
  prune(before: number): void {
    if (this.#agreedAt === null || this.#clock.mono() - this.#agreedAt >= AGREED_WITHIN_MS) return;
    while (this.#prunedN < this.#confirmedN && (this.#writtenAt[this.#prunedN] ?? before) < before) this.#prunedN++;
    this.#keepHead();
  }

  /** What a commit takes along. */
  #keepHead(): void {
    this.#durableConfirmedN = this.#confirmedN;
    this.#durableWantsEpoch = this.#wantsEpoch;
  }

  /** The agent dies: what it heard of confirmations and of its epoch since its last commit is gone. */
  crash(): void {
    this.#confirmedN = this.#durableConfirmedN;
    this.#wantsEpoch = this.#durableWantsEpoch;
    this.#agreedAt = null;
  }

  copy(): Disk {
    return {
      epoch: this.#epoch,
      wantsEpoch: this.#durableWantsEpoch,
      lines: [...this.lines],
      hashes: [...this.#hashes],
      writtenAt: [...this.#writtenAt],
      confirmedN: this.#durableConfirmedN,
      prunedN: this.#prunedN,
    };
  }

  /** Becomes what it was when `disk` was copied. */
  setBack({ epoch, wantsEpoch, lines, hashes, writtenAt, confirmedN, prunedN }: Disk): void {
    this.#epoch = epoch;
    this.#wantsEpoch = wantsEpoch;
    this.lines = [...lines];
    this.#hashes = [...hashes];
    this.#writtenAt = [...writtenAt];
    this.#prunedN = prunedN;
    this.#agreedAt = null;
    this.#confirmedN = confirmedN;
    this.#durableConfirmedN = confirmedN;
    this.#durableWantsEpoch = wantsEpoch;
  }

  head(): OutboxHead {
    const lastN = this.lines.length;
    const confirmed = { confirmedN: this.#confirmedN, confirmedHash: this.#at(this.#confirmedN) };
    const pruned = { prunedN: this.#prunedN, prunedHash: this.#at(this.#prunedN) };
    const last = { lastN, lastHash: this.#at(lastN) };
    return { epoch: this.#epoch, ...last, ...confirmed, ...pruned, wantsEpoch: this.#wantsEpoch };
  }

  hashAt(n: number): string | null {
    return n > 0 && n < this.#prunedN ? null : (this.#hashes[n] ?? null);
  }

  readBatch(fromN: number, { maxEvents, maxBytes }: BatchLimits): OutboxBatch | null {
    if (fromN <= this.#prunedN) return null;
    const lines: string[] = [];
    let bytes = 0;
    for (const line of this.lines.slice(fromN - 1, fromN - 1 + maxEvents)) {
      bytes += Buffer.byteLength(line) + 1;
      if (lines.length > 0 && bytes > maxBytes) break;
      lines.push(line);
    }
    if (lines.length === 0) return null;
    const lastN = fromN - 1 + lines.length;
    const header = { epoch: this.#epoch, first: fromN, count: lines.length, previous_hash: this.#at(fromN - 1) };
    return { header, lines, lastN, lastHash: this.#at(lastN) };
  }

  confirm(cloud: CloudCursor): CursorAnswer {
    if (cloud.epoch === this.#epoch && cloud.cursor < this.#confirmedN) return { kind: "known" };
    return this.rewind(cloud);
  }

  rewind({ epoch, cursor: n, hash }: CloudCursor): CursorAnswer {
    if (epoch !== this.#epoch) return { kind: "other_epoch", epoch: this.#epoch };
    if (n > this.lines.length) return { kind: "cloud_ahead", lastN: this.lines.length };
    const ourHash = this.hashAt(n);
    if (ourHash === null) return { kind: "pruned", oldestN: this.#prunedN + 1 };
    if (ourHash !== hash) return { kind: "fork", n, ourHash };
    this.#agreedAt = this.#clock.mono();
    if (n === this.#confirmedN) return { kind: "known" };
    this.#confirmedN = n;
    return { kind: "moved" };
  }

  beginEpoch(epoch: number): void {
    if (epoch <= this.#epoch) throw new RangeError(`Epoch ${epoch} does not follow ${this.#epoch}`);
    this.#epoch = epoch;
    this.#wantsEpoch = false;
    this.#agreedAt = null;
    this.#keepHead();
  }

  epochAgreed(): void {
    this.#wantsEpoch = false;
  }

  #at(n: number): string {
    const hash = this.#hashes[n];
    if (hash === undefined) throw new RangeError(`No event ${n} was written.`);
    return hash;
  }
}
