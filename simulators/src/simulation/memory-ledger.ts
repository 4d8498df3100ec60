import type { IngestAnswer } from "@gatehouse/cloud/services/ingest/ingest-batches.ts";
import type { ReadBatch } from "@gatehouse/cloud/services/ingest/read-events.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { EPOCH_GRANTS_SINCE } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { judgeBoot, judgeHelloOrder } from "@gatehouse/shared/sync/boots.ts";
import {
  judgeBatch,
  judgeHello,
  overlapOf,
  type ReceiverPosition,
  type StreamPosition,
  startOfEpoch,
} from "@gatehouse/shared/sync/cursor.ts";
import { tailOf } from "./memory-outbox.ts";

export type Stop = "fork" | "clone" | "rolled_back";

/** An event as it was committed. `isNew`: no earlier epoch had told it. */
export interface LedgerRow {
  readonly epoch: number;
  readonly n: number;
  readonly line: string;
  readonly hash: string;
  readonly isPoison: boolean;
  readonly isNew: boolean;
}

interface StreamState {
  readonly position: ReceiverPosition;
  readonly stop: Stop | null;
  readonly boot: string | null;
  /** The run's monotonic time in its last hello. */
  readonly helloMono: number | null;
  readonly ended: ReadonlySet<string>;
  /** Where the row stands that the next line may be a repeat of, in `rows`; null once an event of the epoch was new. */
  readonly retoldAt: number | null;
  readonly rowCount: number;
  readonly epochStart: number;
}

const NEW_STREAM: StreamState = {
  position: { ...startOfEpoch(1), isEpochDue: false },
  stop: null,
  boot: null,
  helloMono: null,
  ended: new Set(),
  retoldAt: null,
  rowCount: 0,
  epochStart: 0,
};

/**
 * A model of what the hub's database holds of one device's stream, with the real judgement of batches, hellos and boots.
 * Each verb is one transaction. It knows nothing of what follows from events.
 */
export class MemoryStream {
  readonly rows: LedgerRow[] = [];
  /** Told of each row in the order of commits. */
  onRow: (row: LedgerRow) => void = () => undefined;
  #state: StreamState = NEW_STREAM;

  position(): StreamPosition {
    return this.#state.position;
  }

  stop(): Stop | null {
    return this.#state.stop;
  }

  /** Gives what is committed now as a number of the present epoch; holds also after later changes. */
  rowsOfEpoch(): (n: number) => LedgerRow | undefined {
    const { epochStart, position } = this.#state;
    return (n) => (n >= 1 && n <= position.cursor ? this.rows[epochStart + n - 1] : undefined);
  }

  /** The runs that the cloud knows: the last one and those that have ended. */
  boots(): { readonly last: string | null; readonly ended: ReadonlySet<string> } {
    return { last: this.#state.boot, ended: this.#state.ended };
  }

  backup(): StreamState {
    return this.#state;
  }

  /** Comes back as of the backup. */
  restore(backup: StreamState): readonly LedgerRow[] {
    this.#state = backup;
    return this.rows.splice(backup.rowCount);
  }

  /** What a release or an enrolment does: an epoch that nobody has used. Returns it. */
  beginEpoch(by: "release" | "enrolment"): number {
    const epoch = this.#state.position.epoch + 1;
    this.#moveTo({ ...startOfEpoch(epoch), isEpochDue: by === "release" });
    this.#state = { ...this.#state, stop: null };
    if (by === "enrolment") this.#state = { ...this.#state, boot: null, helloMono: null, ended: new Set() };
    return epoch;
  }

  /** Null when the edge has said another hello since. */
  answerHello(hello: Hello): IngestAnswer | null {
    const { stop, position, boot, helloMono } = this.#state;
    const last = boot === null || helloMono === null ? null : { boot, sentMono: helloMono };
    const order = judgeHelloOrder(last, { boot: hello.boot, sentMono: hello.sent_mono });
    if (order === "late") return null;
    if (stop !== null) return this.#stopped(stop);
    if (hello.boot !== boot) {
      const isSuperseded = this.#state.ended.has(hello.boot);
      if (judgeBoot({ last: boot, isSuperseded }, hello.boot) === "clone") return this.#setApart("clone");
      const ended = boot === null ? this.#state.ended : new Set([...this.#state.ended, boot]);
      this.#state = { ...this.#state, boot: hello.boot, ended };
    }
    this.#state = { ...this.#state, helloMono: hello.sent_mono };
    const takesEpoch = hello.v >= EPOCH_GRANTS_SINCE;
    const wantsEpoch = takesEpoch && hello.wants_epoch === true;
    const sender = { epoch: hello.epoch, lastN: hello.last_n, lastHash: hello.last_hash, takesEpoch, wantsEpoch };
    const verdict = judgeHello(position, sender);
    switch (verdict.kind) {
      case "ok":
        this.#state = { ...this.#state, position: { ...position, isEpochDue: false } };
        return this.#answer("ok", verdict.position);
      case "new_epoch":
        if (verdict.position.epoch > position.epoch) this.#moveTo({ ...verdict.position, isEpochDue: true });
        return this.#answer("new_epoch", verdict.position);
      case "edge_behind":
        if (order === "again") return this.#answer("ok");
        return this.#setApart("rolled_back");
      case "stale_epoch":
        return this.#answer("stale_epoch");
      case "fork":
        return this.#setApart("fork");
    }
  }

  ingest(batches: readonly ReadBatch[]): IngestAnswer {
    if (this.#state.stop !== null) return this.#stopped(this.#state.stop);
    const before = this.rows.length;
    const answer = this.#ingestAll(batches);
    return { ...answer, applied: this.rows.length - before };
  }

  #ingestAll(batches: readonly ReadBatch[]): IngestAnswer {
    for (const batch of batches) {
      const n = overlapOf(this.#state.position, batch);
      const stored = n === null ? null : (this.rows[this.#state.epochStart + n - 1]?.hash ?? null);
      const verdict = judgeBatch(this.#state.position, batch, stored);
      if (verdict.kind === "duplicate") continue;
      if (verdict.kind === "fork") return this.#setApart("fork");
      if (verdict.kind !== "apply") return this.#answer(verdict.kind);
      if (verdict.position.epoch > this.#state.position.epoch) this.#moveTo(verdict.position);
      this.#write(batch, verdict.first, verdict.hashes);
      this.#state = {
        ...this.#state,
        position: { ...verdict.position, isEpochDue: false },
        rowCount: this.rows.length,
      };
    }
    return this.#answer("ok");
  }

  #write(batch: ReadBatch, first: number, hashes: readonly string[]): void {
    const { epoch } = batch.header;
    const reads = batch.reads();
    for (const [i, hash] of hashes.entries()) {
      const read = reads[first - batch.header.first + i];
      if (read === undefined) continue;
      const isNew = !this.#isRetold(first + i, read.line);
      const row = { epoch, n: first + i, line: read.line, hash, isPoison: read.kind === "poison", isNew };
      this.rows.push(row);
      this.onRow(row);
    }
  }

  /** As `findRetold`: the beginning of an epoch may repeat one stretch of an earlier one. */
  #isRetold(n: number, line: string): boolean {
    const tail = tailOf(line);
    const { epochStart, retoldAt } = this.#state;
    const before = this.rows.slice(0, n === 1 ? epochStart : 0);
    const at = n === 1 ? before.findLastIndex((row) => tailOf(row.line) === tail) : retoldAt;
    const isSameStretch = n === 1 || this.rows[at ?? 0]?.epoch === this.rows[(at ?? 0) - 1]?.epoch;
    const isKnown = at !== null && at >= 0 && at < epochStart && tailOf(this.rows[at]?.line ?? "") === tail;
    const isRetold = isKnown && isSameStretch;
    this.#state = { ...this.#state, retoldAt: isRetold ? at + 1 : null };
    return isRetold;
  }

  #moveTo(position: ReceiverPosition): void {
    this.#state = { ...this.#state, position, epochStart: this.rows.length, retoldAt: null };
  }

  #setApart(stop: Stop): IngestAnswer {
    this.#state = { ...this.#state, stop };
    return this.#stopped(stop);
  }

  #stopped(stop: Stop): IngestAnswer {
    return this.#answer(stop === "rolled_back" ? "edge_behind" : "fork");
  }

  #answer(status: IngestAnswer["status"], position: StreamPosition = this.#state.position): IngestAnswer {
    const { epoch, cursor, hash } = position;
    return { status, message: null, position: { epoch, cursor, hash }, applied: 0 };
  }
}
