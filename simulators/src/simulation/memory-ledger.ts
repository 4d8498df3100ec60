import type { HubLedger } from "@gatehouse/cloud/hub/hub-ledger.ts";
import type { IngestAnswer } from "@gatehouse/cloud/services/ingest/ingest-batches.ts";
import type { ReadBatch } from "@gatehouse/cloud/services/ingest/read-events.ts";
import type { Hello } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { judgeBatch, judgeHello, overlapOf, type StreamPosition, startOfEpoch } from "@gatehouse/shared/sync/cursor.ts";
import { chainHashes, ZERO_HASH } from "@gatehouse/shared/sync/hash-chain.ts";

/** What happens to the hub's database at one transaction. */
export type CommitFate = "commits" | "fails_before" | "fails_after";

/**
 * A model of the hub's storage for one device, with the real judgement of batches and hellos. It knows events and the
 * cursor only: no commands, no replica, no epochs but the first, nothing that follows from events.
 */
export class MemoryLedger implements HubLedger {
  lines: string[] = [];
  /** Answers that would set the device apart. */
  stops = 0;
  #position: StreamPosition = startOfEpoch(1);
  readonly #fate: () => CommitFate;

  constructor(fate: () => CommitFate) {
    this.#fate = fate;
  }

  position(): StreamPosition {
    return this.#position;
  }

  /** Comes back from a backup of when the cursor was `cursor`. */
  restore(cursor: number): void {
    this.lines = this.lines.slice(0, cursor);
    this.#position = { epoch: 1, cursor, hash: chainHashes(ZERO_HASH, this.lines).at(-1) ?? ZERO_HASH };
  }

  readonly answerHello = async (_owner: object, hello: Hello): Promise<IngestAnswer> => {
    const sender = { epoch: hello.epoch, lastN: hello.last_n, lastHash: hello.last_hash, takesEpoch: true };
    const verdict = judgeHello(this.#position, sender);
    return this.#answer(verdict.kind, 0);
  };

  readonly ingest = async (_owner: object, batches: readonly ReadBatch[]): Promise<IngestAnswer> => {
    const fate = this.#fate();
    if (fate === "fails_before") throw new Error("The database is away.");
    const before = this.lines.length;
    let status: IngestAnswer["status"] = "ok";
    for (const batch of batches) status = this.#take(batch);
    if (fate === "fails_after") throw new Error("The database has committed and gone away.");
    return this.#answer(status, this.lines.length - before);
  };

  readonly admit = async (): Promise<null> => null;
  readonly readReplica: HubLedger["readReplica"] = async ({ have }) => ({ head: have, messages: [] });
  readonly claimCommands: HubLedger["claimCommands"] = async () => [];
  readonly auditRefusal = this.#nothing;
  readonly linkUp = this.#nothing;
  readonly linkDown = this.#nothing;
  readonly recordHello = this.#nothing;
  readonly reportVersion = this.#nothing;
  readonly recordTelemetry = this.#nothing;
  readonly recordReplicaSent = this.#nothing;
  readonly recordCommandResult = this.#nothing;

  #take(batch: ReadBatch): IngestAnswer["status"] {
    const n = overlapOf(this.#position, batch);
    const stored = n === null ? null : (chainHashes(ZERO_HASH, this.lines.slice(0, n)).at(-1) ?? ZERO_HASH);
    const verdict = judgeBatch(this.#position, batch, stored);
    if (verdict.kind === "duplicate") return "ok";
    if (verdict.kind !== "apply") return verdict.kind;
    this.lines.push(...verdict.lines);
    this.#position = verdict.position;
    return "ok";
  }

  #answer(status: IngestAnswer["status"], applied: number): IngestAnswer {
    if (status === "fork" || status === "edge_behind" || status === "stale_epoch") this.stops++;
    return { status, message: null, position: this.#position, applied };
  }

  async #nothing(): Promise<void> {
    // The model keeps nothing of it.
  }
}
