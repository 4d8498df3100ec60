import type {
  BatchLimits,
  CloudCursor,
  CursorAnswer,
  OutboxBatch,
  OutboxHead,
} from "@gatehouse/edge/store/outbox-port.ts";
import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
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
  readonly confirmedN: number;
}

/**
 * A model of the edge's outbox on its disk. It keeps everything; an append is durable at once, a confirmation and the end of
 * the wish for an epoch only with the next append. It outlives the agent, and can be set back to a copy of itself.
 */
export class MemoryOutbox {
  lines: string[] = [];
  #hashes: string[] = [ZERO_HASH];
  #epoch: number;
  #wantsEpoch: boolean;
  #confirmedN = 0;
  #durableConfirmedN = 0;
  #durableWantsEpoch: boolean;

  constructor(epoch: number, wantsEpoch: boolean) {
    this.#epoch = epoch;
    this.#wantsEpoch = wantsEpoch;
    this.#durableWantsEpoch = wantsEpoch;
  }

  /** Appends an event without its number; returns the number. */
  append(event: Omit<EdgeEvent, "n" | "body"> & { readonly body: object }): number {
    const n = this.lines.length + 1;
    this.#push(JSON.stringify({ n, ...event }));
    this.#durableConfirmedN = this.#confirmedN;
    this.#durableWantsEpoch = this.#wantsEpoch;
    return n;
  }

  /** The agent dies: what it heard of confirmations and of its epoch since its last commit is gone. */
  crash(): void {
    this.#confirmedN = this.#durableConfirmedN;
    this.#wantsEpoch = this.#durableWantsEpoch;
  }

  copy(): Disk {
    const { lines, confirmedN } = { lines: [...this.lines], confirmedN: this.#durableConfirmedN };
    return { epoch: this.#epoch, wantsEpoch: this.#durableWantsEpoch, lines, hashes: [...this.#hashes], confirmedN };
  }

  /** Becomes what it was when `disk` was copied. */
  setBack({ epoch, wantsEpoch, lines, hashes, confirmedN }: Disk): void {
    this.#epoch = epoch;
    this.#wantsEpoch = wantsEpoch;
    this.lines = [...lines];
    this.#hashes = [...hashes];
    this.#confirmedN = confirmedN;
    this.#durableConfirmedN = confirmedN;
    this.#durableWantsEpoch = wantsEpoch;
  }

  head(): OutboxHead {
    const lastN = this.lines.length;
    const confirmed = { confirmedN: this.#confirmedN, confirmedHash: this.#at(this.#confirmedN) };
    return { epoch: this.#epoch, lastN, lastHash: this.#at(lastN), ...confirmed, wantsEpoch: this.#wantsEpoch };
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
    const header = { epoch: this.#epoch, first: fromN, count: lines.length, previous_hash: this.#at(fromN - 1) };
    return { header, lines, lastN, lastHash: this.#at(lastN) };
  }

  confirm(cloud: CloudCursor): CursorAnswer {
    if (cloud.epoch === this.#epoch && cloud.cursor <= this.#confirmedN) return { kind: "known" };
    return this.rewind(cloud);
  }

  rewind({ epoch, cursor: n, hash }: CloudCursor): CursorAnswer {
    if (epoch !== this.#epoch) return { kind: "other_epoch", epoch: this.#epoch };
    if (n > this.lines.length) return { kind: "cloud_ahead", lastN: this.lines.length };
    const ourHash = this.#at(n);
    if (ourHash !== hash) return { kind: "fork", n, ourHash };
    this.#confirmedN = n;
    return { kind: "moved" };
  }

  setEpoch({ epoch, keepAfterN }: { readonly epoch: number; readonly keepAfterN: number }): void {
    if (epoch <= this.#epoch) throw new RangeError(`Epoch ${epoch} does not follow ${this.#epoch}`);
    const kept = this.lines.slice(keepAfterN);
    this.setBack({ epoch, wantsEpoch: false, lines: [], hashes: [ZERO_HASH], confirmedN: 0 });
    for (const [i, line] of kept.entries())
      this.#push(JSON.stringify({ ...(JSON.parse(line) as EdgeEvent), n: i + 1 }));
  }

  epochAgreed(): void {
    this.#wantsEpoch = false;
  }

  #push(line: string): void {
    this.#hashes.push(chainHash(this.#at(this.lines.length), line));
    this.lines.push(line);
  }

  #at(n: number): string {
    const hash = this.#hashes[n];
    if (hash === undefined) throw new RangeError(`No event ${n} was written.`);
    return hash;
  }
}
