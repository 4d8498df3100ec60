import type { IngestAnswer } from "@gatehouse/cloud/services/ingest/ingest-batches.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { Batch } from "@gatehouse/shared/sync/batch.ts";
import type { StreamPosition } from "@gatehouse/shared/sync/cursor.ts";
import type { LedgerRow, MemoryStream } from "./memory-ledger.ts";
import type { SyncRule, Verdicts } from "./sync-rules.ts";

/** What was committed before an answer. */
export interface Before {
  readonly position: StreamPosition;
  readonly isStopped: boolean;
  /** The cursor with which the position's epoch began. */
  readonly startN: number;
  /** What was committed as number `n` of the position's epoch, from its beginning up to its cursor. */
  readonly rowAt: (n: number) => LedgerRow | undefined;
}

interface Wanted {
  readonly rule: SyncRule;
  readonly status: IngestAnswer["status"];
  readonly applied: number;
}

/** As of now, for `LedgerRules`. */
export function beforeAnswer(stream: MemoryStream): Before {
  const position = stream.position();
  const { startN = 0 } = position;
  return { position, startN, isStopped: stream.stop() !== null, rowAt: stream.rowsOfEpoch() };
}

/**
 * Judges each answer that the cloud gives to a batch or a hello by the words of the rules, from the committed lines
 * themselves: none of the code that made the answer is used.
 */
export class LedgerRules {
  readonly #verdicts: Verdicts;
  readonly #name: string;
  #boot: string | null = null;
  readonly #endedBoots = new Set<string>();
  #lastHello: Hello | null = null;

  constructor(verdicts: Verdicts, name: string) {
    this.#verdicts = verdicts;
    this.#name = name;
  }

  /** A new certificate: what ran before is nobody's. */
  enrolled(): void {
    this.#boot = null;
    this.#endedBoots.clear();
  }

  /** The cloud came back from a backup, and with it what it knew of runs. */
  restored(boot: string | null, ended: ReadonlySet<string>): void {
    this.#boot = boot;
    this.#endedBoots.clear();
    for (const one of ended) this.#endedBoots.add(one);
  }

  /** Batches of one transaction were answered. */
  ingested(before: Before, batches: readonly Batch[], answer: IngestAnswer): void {
    if (before.isStopped) return this.#stands(answer);
    const wanted = wantedFor(before, batches);
    if (wanted === null) return;
    const { rule, status, applied } = wanted;
    this.#judge(rule, answer.status === status, () => `a batch was answered ${answer.status} and not ${status}`);
    this.#judge(
      "SYNC-03",
      answer.applied === applied,
      () => `${answer.applied} events were applied and not ${applied}`,
    );
  }

  /** A hello was answered; null: not at all, since it came late. */
  greeted({ position, startN, isStopped }: Before, hello: Hello, answer: IngestAnswer | null): void {
    if (answer === null) return;
    if (isStopped) return this.#stands(answer);
    const { status } = answer;
    const isClone = this.#endedBoots.has(hello.boot);
    this.#judge("SYNC-07", !isClone || status === "fork", () => `a run that had ended was answered ${status}`);
    if (isClone) return;
    this.#noteBoot(hello.boot);
    const isOld = hello.epoch < position.epoch;
    this.#judge("SYNC-07", !(isOld && status === "ok"), () => `epoch ${hello.epoch} was greeted in ${position.epoch}`);
    const isUnheard = hello.epoch === position.epoch && position.cursor === startN;
    const isNew = hello.wants_epoch === true && !isUnheard;
    this.#judge("SYNC-07", !isNew || status === "new_epoch", () => `a new store was answered ${status}`);
    this.#judge(
      "SYNC-07",
      status !== "new_epoch" || answer.position.epoch > hello.epoch,
      () => "an epoch was given again",
    );
    if (isOld || isNew || isUnheard || hello.epoch > position.epoch) return;
    const { cursor } = position;
    const isFork = hello.last_n === cursor && hello.last_hash !== position.hash;
    this.#judge("SYNC-04", !isFork || status === "fork", () => `another event ${cursor} was answered ${status}`);
    const isKnownAgain = status === "ok" && answer.position.cursor === position.cursor && this.#isRepeat(hello);
    const isBehind = hello.last_n < cursor && !isKnownAgain;
    this.#judge(
      "SYNC-08",
      !isBehind || status === "edge_behind",
      () => `an edge set back to ${hello.last_n} was answered ${status}`,
    );
    this.#lastHello = hello;
  }

  /** The same hello once more, which tells where the edge stood when it was first said. */
  #isRepeat({ boot, sent_mono: sentMono }: Hello): boolean {
    return this.#lastHello?.boot === boot && this.#lastHello.sent_mono === sentMono;
  }

  #noteBoot(boot: string): void {
    if (boot === this.#boot) return;
    if (this.#boot !== null) this.#endedBoots.add(this.#boot);
    this.#boot = boot;
  }

  #stands({ status, applied }: IngestAnswer): void {
    const isStop = status === "fork" || status === "edge_behind";
    this.#judge("SYNC-04", isStop && applied === 0, () => `a stream that stands was answered ${status}`);
  }

  #judge(rule: SyncRule, holds: boolean, how: () => string): void {
    this.#verdicts.judge(rule, holds, () => `${this.#name}: ${how()}`);
  }
}

/** What the rules want for batches that come one after another; null when one tells of what an earlier epoch has. */
function wantedFor({ position, startN, rowAt }: Before, batches: readonly Batch[]): Wanted | null {
  let { epoch } = position;
  /** Lines of the epoch, as far as these very batches bring them. */
  let fresh: string[] = [];
  let below = position.cursor;
  let applied = 0;
  for (const { header, lines } of batches) {
    if (header.epoch < epoch) return { rule: "SYNC-07", status: "stale_epoch", applied };
    if (header.epoch > epoch) {
      below = 0;
      fresh = [];
    }
    epoch = header.epoch;
    if (epoch === position.epoch && header.first <= startN) return null;
    const cursor = below + fresh.length;
    if (header.first > cursor + 1) return { rule: "SYNC-04", status: "gap", applied };
    const committed = (n: number): string | undefined => (n <= below ? rowAt(n)?.line : fresh[n - below - 1]);
    const known = lines.slice(0, Math.max(0, cursor + 1 - header.first));
    const isOther = known.some((line, i) => line !== committed(header.first + i));
    const hashBefore = header.first - 1 <= below ? rowAt(header.first - 1)?.hash : undefined;
    if (isOther || (hashBefore !== undefined && hashBefore !== header.previous_hash))
      return { rule: "SYNC-04", status: "fork", applied };
    fresh.push(...lines.slice(known.length));
    applied += lines.length - known.length;
  }
  return { rule: "SYNC-03", status: "ok", applied };
}
