import type { IngestAnswer } from "@gatehouse/cloud/services/ingest/ingest-batches.ts";
import type { ReadBatch } from "@gatehouse/cloud/services/ingest/read-events.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { judgeBoot, judgeHelloOrder } from "@gatehouse/shared/sync/boots.ts";
import {
  beginningOf,
  judgeBatch,
  judgeHello,
  type Mark,
  overlapOf,
  type ReceiverPosition,
  type StreamPosition,
  senderOf,
  startOfEpoch,
} from "@gatehouse/shared/sync/cursor.ts";

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
  /** All events of the epoch so far were told in an earlier one. */
  readonly isRetelling: boolean;
  readonly rowCount: number;
  readonly epochStart: number;
}

const NEW_STREAM: StreamState = {
  position: { ...startOfEpoch(1), startN: 0, isEpochDue: false },
  stop: null,
  boot: null,
  helloMono: null,
  ended: new Set(),
  isRetelling: false,
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
  /** Numbers with their hashes, of whatever epoch. */
  readonly #held = new Set<string>();

  position(): ReceiverPosition {
    return this.#state.position;
  }

  stop(): Stop | null {
    return this.#state.stop;
  }

  /** Gives what is committed now as a number of the present epoch; holds also after later changes. */
  rowsOfEpoch(): (n: number) => LedgerRow | undefined {
    const { epochStart, position } = this.#state;
    const { cursor, startN = 0 } = position;
    return (n) => (n > startN && n <= cursor ? this.rows[epochStart + n - startN - 1] : undefined);
  }

  /** Whether a number with this hash is committed, in whatever epoch. */
  holds(mark: Mark): boolean {
    return mark.n === 0 || this.#held.has(markOf(mark));
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
    const gone = this.rows.splice(backup.rowCount);
    for (const row of gone) this.#held.delete(markOf(row));
    for (const row of this.rows) this.#held.add(markOf(row));
    return gone;
  }

  /** What a release or an enrolment does: an epoch that nobody has used. Returns it. */
  beginEpoch(by: "release" | "enrolment"): number {
    const epoch = this.#state.position.epoch + 1;
    this.#moveTo({ ...startOfEpoch(epoch), startN: 0, isEpochDue: by === "release" });
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
    const sender = senderOf(hello);
    const { confirmed } = sender;
    const verdict = judgeHello(position, sender);
    switch (verdict.kind) {
      case "ok":
        return this.#answer("ok");
      case "begin": {
        const begun = beginningOf(sender, confirmed === undefined || this.holds(confirmed));
        this.#moveTo({ ...begun, startN: begun.cursor, isEpochDue: false });
        return this.#answer("ok");
      }
      case "new_epoch":
        if (verdict.position.epoch > position.epoch) this.#moveTo({ ...verdict.position, startN: 0, isEpochDue: true });
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
      const stored = n === null ? null : (this.rowsOfEpoch()(n)?.hash ?? null);
      const verdict = judgeBatch(this.#state.position, batch, stored);
      if (verdict.kind === "duplicate") continue;
      if (verdict.kind === "fork") return this.#setApart("fork");
      if (verdict.kind !== "apply") return this.#answer(verdict.kind);
      if (verdict.position.epoch > this.#state.position.epoch) this.#moveTo({ ...verdict.position, startN: 0 });
      this.#write(batch, verdict.first, verdict.hashes);
      this.#state = {
        ...this.#state,
        position: { ...this.#state.position, ...verdict.position, isEpochDue: false },
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
      const isNew = !this.#isRetold({ n: first + i, hash });
      const row = { epoch, n: first + i, line: read.line, hash, isPoison: read.kind === "poison", isNew };
      this.rows.push(row);
      this.#held.add(markOf(row));
      this.onRow(row);
    }
  }

  /** As `findRetold`: the beginning of an epoch may repeat a stretch of earlier ones. */
  #isRetold(mark: Mark): boolean {
    const { isRetelling, position } = this.#state;
    const isRetold = isRetelling && position.epoch > 1 && this.holds(mark);
    this.#state = { ...this.#state, isRetelling: isRetold };
    return isRetold;
  }

  #moveTo(position: ReceiverPosition): void {
    this.#state = { ...this.#state, position, epochStart: this.rows.length, isRetelling: true };
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

function markOf({ n, hash }: Mark): string {
  return `${n}:${hash}`;
}
