import { createHash } from "node:crypto";
import type { Confirm } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { decodeBatch } from "@gatehouse/shared/sync/batch.ts";
import type { LedgerRow, MemoryStream } from "./memory-ledger.ts";
import { type MemoryOutbox, tailOf } from "./memory-outbox.ts";

const ZERO_HASH = "0".repeat(64);

/** The rules as they are judged here; the count is how often each was. */
export type SyncRule =
  | "SYNC-02"
  | "SYNC-03"
  | "SYNC-04"
  | "SYNC-05"
  | "SYNC-06"
  | "SYNC-07"
  | "SYNC-08"
  | "SYNC-09"
  | "SYNC-10"
  | "SYNC-11"
  | "SYNC-12"
  | "SYNC-15"
  | "SYNC-17"
  | "SYNC-18";

/** Collects what was judged and what was broken. */
export class Verdicts {
  readonly judged = new Map<SyncRule, number>();
  readonly broken: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes that `rule` was judged, and that it is broken unless `holds`. */
  judge(rule: SyncRule, holds: boolean, how: () => string): void {
    this.judged.set(rule, (this.judged.get(rule) ?? 0) + 1);
    if (!holds) this.broken.push(`${rule} at ${this.#now()} ms: ${how()}`);
  }
}

/**
 * Judges one device's stream from outside: it sees what the edge has made durable, what either side sends, and each row
 * in the order of the hub's commits.
 */
export class StreamWatch {
  /** Tails of events that the edge still has, or had until they were confirmed, and how often the cloud applied each. */
  readonly #due = new Map<string, number>();
  readonly #poison = new Set<string>();
  readonly #everCommitted = new Set<string>();
  readonly #verdicts: Verdicts;
  readonly #name: string;
  #epochMax = 1;
  #lastRow = { epoch: 1, n: 0, hash: ZERO_HASH };
  /** The last number that was sent on this connection. */
  #sentTo: { readonly epoch: number; readonly n: number } | null = null;
  /** Why the device may be set apart; null: it has no reason. */
  excuse: string | null = null;

  constructor(verdicts: Verdicts, name: string) {
    this.#verdicts = verdicts;
    this.#name = name;
    this.#everCommitted.add(key(1, 0));
  }

  /** An event is durable at the edge. */
  written(line: string, isPoison: boolean): void {
    const tail = tailOf(line);
    this.#due.set(tail, this.#due.get(tail) ?? 0);
    if (isPoison) this.#poison.add(tail);
  }

  /** The edge's disk was set back or lost: what only it had is owed no more. */
  lost(outbox: MemoryOutbox): void {
    const kept = new Set(outbox.lines.map(tailOf));
    for (const [tail, applied] of this.#due) if (applied === 0 && !kept.has(tail)) this.#due.delete(tail);
  }

  /** The hub has committed a row. */
  row({ epoch, n, line, hash, isPoison, isNew }: LedgerRow): void {
    const tail = tailOf(line);
    const { judge } = bound(this.#verdicts, this.#name);
    const expected = epoch === this.#lastRow.epoch ? this.#lastRow.n + 1 : 1;
    judge("SYNC-04", n === expected, () => `number ${n} was applied where ${expected} was wanted`);
    judge("SYNC-12", Number(/^\{"n":(\d+)/.exec(line)?.[1]) === n, () => `the line of number ${n} says another`);
    judge("SYNC-07", epoch >= this.#epochMax, () => `epoch ${epoch} was applied after ${this.#epochMax}`);
    judge("SYNC-15", isPoison === this.#poison.has(tail), () => `number ${n}: dead letter ${isPoison}`);
    const chained = hashAfter(n === 1 ? ZERO_HASH : this.#lastRow.hash, line);
    judge("SYNC-05", hash === chained, () => `number ${n} was committed with another hash than the chain's`);
    this.#lastRow = { epoch, n, hash };
    this.#epochMax = Math.max(epoch, this.#epochMax);
    if (!isNew) return;
    const times = this.#due.get(tail) ?? 0;
    judge("SYNC-03", times === 0, () => `number ${n} of epoch ${epoch} was applied ${times + 1} times`);
    this.#due.set(tail, times + 1);
  }

  /** The hub has committed so far. */
  committed(stream: MemoryStream): void {
    const { epoch, cursor: n, hash } = stream.position();
    this.#everCommitted.add(key(epoch, n));
    this.#epochMax = Math.max(epoch, this.#epochMax);
    if (epoch === this.#lastRow.epoch && n === this.#lastRow.n) return;
    // No row moved the cursor there: an epoch begins, and all before it has to be known.
    const { judge } = bound(this.#verdicts, this.#name);
    judge("SYNC-06", stream.holds({ n, hash }), () => `epoch ${epoch} begins after ${n}, and the cloud lacks that`);
    this.#lastRow = { epoch, n, hash };
  }

  /** The hub came back from a backup: `rows` are gone there. */
  restored(rows: readonly LedgerRow[], stream: MemoryStream): void {
    for (const { line, isNew } of rows) if (isNew) this.#due.set(tailOf(line), 0);
    const { epoch, cursor, hash } = stream.position();
    this.#lastRow = { epoch, n: cursor, hash };
    this.#epochMax = epoch;
  }

  /** The hub sends a confirmation. */
  confirmed(payload: string): void {
    const message = JSON.parse(payload) as Confirm;
    const { judge } = bound(this.#verdicts, this.#name);
    const isCommitted = message.cursor === 0 || this.#everCommitted.has(key(message.epoch, message.cursor));
    judge("SYNC-05", isCommitted, () => `${message.epoch}:${message.cursor} was confirmed and not committed`);
    const isStop = message.status === "fork" || message.status === "edge_behind";
    judge("SYNC-08", !isStop || this.excuse !== null, () => `set apart for no reason: ${message.status}`);
  }

  /** The edge is connected anew: nothing is under way. */
  connected(): void {
    this.#sentTo = null;
  }

  /** The edge sends a batch. */
  sent(payload: Uint8Array, outbox: MemoryOutbox): void {
    const batch = decodeBatch(payload);
    const { judge } = bound(this.#verdicts, this.#name);
    judge("SYNC-17", batch.ok, () => "the edge sent what can't be read");
    if (!batch.ok) return;
    judge("SYNC-07", !outbox.head().wantsEpoch, () => "a new store sends before it has an epoch");
    if (this.excuse !== null) return;
    const { epoch, first, count } = batch.value.header;
    const { confirmedN } = outbox.head();
    const reached = this.#sentTo?.epoch === epoch ? this.#sentTo.n : 0;
    const next = Math.max(reached, confirmedN) + 1;
    judge("SYNC-12", first <= next, () => `${first} is sent where ${next} was next`);
    this.#sentTo = { epoch, n: Math.max(reached, first + count - 1) };
    judge("SYNC-05", first === 1 || first > confirmedN, () => `${first} is sent and counts as confirmed`);
  }

  /** What the cloud still lacks of what it is owed. */
  missing(): number {
    let count = 0;
    for (const applied of this.#due.values()) if (applied === 0) count++;
    return count;
  }
}

function key(epoch: number, cursor: number): string {
  return `${epoch}:${cursor}`;
}

/** H(n) by the rule's own words, beside the product's code. */
function hashAfter(before: string, line: string): string {
  return createHash("sha256").update(Buffer.from(before, "hex")).update(line).digest("hex");
}

function bound(verdicts: Verdicts, name: string): Pick<Verdicts, "judge"> {
  return { judge: (rule, holds, how) => verdicts.judge(rule, holds, () => `${name}: ${how()}`) };
}
