import type { ConfirmStatus } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { judgeBatch, overlapOf, type StreamPosition } from "@gatehouse/shared/sync/cursor.ts";
import { anchorTimes } from "./anchor-times.ts";
import { stopped } from "./answer-hello.ts";
import { applyEvents } from "./apply-events.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { inTransaction } from "./in-transaction.ts";
import type { PoisonLine, ReadBatch, ReadEvent } from "./read-events.ts";
import { findRetold } from "./retold.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { type HeldStream, lockStream, moveStream, stopStream, storedHashAt } from "./stream-row.ts";
import { tell } from "./tell.ts";
import { keepRetoldLetters, writeDeadLetters, writeEvents } from "./write-events.ts";

export interface IngestAnswer {
  readonly status: ConfirmStatus;
  /** Where the stream stands now, committed. */
  readonly position: StreamPosition;
  readonly message: string | null;
  /** Events that this call committed. */
  readonly applied: number;
}

interface Taken {
  position: StreamPosition;
  readonly events: ReadEvent[];
  readonly poison: PoisonLine[];
  answer: Pick<IngestAnswer, "status" | "message">;
}

/**
 * Takes batches of one device and one epoch, in the order given, as one Postgres transaction: events, what follows from them, bus
 * events and the cursor are committed together or not at all (SYNC-03). Calls for one device wait for each other on its
 * row, in whatever process. Rejects when the database can't be reached or fails; then nothing was taken.
 * Throws `device_unknown` when the owner has no stream.
 */
export async function ingestBatches(
  context: IngestContext,
  owner: StreamOwner,
  batches: readonly ReadBatch[],
): Promise<IngestAnswer> {
  return inTransaction(context.pool, async (client) => {
    const held = await lockStream(client, owner);
    if (!held) throw new GatehouseError("device_unknown", "This device is not enrolled at this lot.");
    if (held.stop !== null) return stopped(held.stop, held.position);
    const taken = await judgeAll(client, owner, { held, batches });
    if (taken.answer.status === "fork")
      await stopStream(client, context, { owner, stop: "fork", message: taken.answer.message ?? "" });
    const applied = taken.events.length + taken.poison.length;
    if (applied > 0) await writeTaken(client, context, { owner, held, taken });
    return { ...taken.answer, position: taken.position, applied };
  });
}

async function judgeAll(
  client: SqlRunner,
  owner: StreamOwner,
  { held, batches }: { readonly held: HeldStream; readonly batches: readonly ReadBatch[] },
): Promise<Taken> {
  const taken: Taken = { position: held.position, events: [], poison: [], answer: { status: "ok", message: null } };
  for (const batch of batches) {
    const overlap = overlapOf(taken.position, batch);
    const stored = overlap === null ? null : await storedHashOf(client, owner, { taken, overlap });
    const verdict = judgeBatch(taken.position, batch, stored);
    switch (verdict.kind) {
      case "apply":
        take(taken, batch, verdict);
        break;
      case "duplicate":
        break;
      case "gap":
        taken.answer = { status: "gap", message: `Events from number ${verdict.expect} on are missing.` };
        return taken;
      case "fork":
        taken.answer = forked(verdict.at);
        return taken;
      case "stale_epoch":
        taken.answer = {
          status: "stale_epoch",
          message: `Epoch ${verdict.current} has begun; enrol this device anew.`,
        };
        return taken;
    }
  }
  return taken;
}

function take(
  taken: Taken,
  batch: ReadBatch,
  { first, hashes, position }: Extract<ReturnType<typeof judgeBatch>, { kind: "apply" }>,
): void {
  const skip = first - batch.header.first;
  const reads = batch.reads();
  for (const [i, hash] of hashes.entries()) {
    const read = reads[skip + i];
    if (read?.kind === "event") taken.events.push({ n: first + i, line: read.line, hash, event: read.event });
    else if (read) taken.poison.push({ n: first + i, line: read.line, hash, code: read.code, message: read.message });
  }
  taken.position = position;
}

/** H at a number below the cursor: of this very run, or as it was committed. */
async function storedHashOf(
  client: SqlRunner,
  owner: StreamOwner,
  { taken, overlap }: { readonly taken: Taken; readonly overlap: number },
): Promise<string | null> {
  const own = taken.events.find(({ n }) => n === overlap) ?? taken.poison.find(({ n }) => n === overlap);
  return own?.hash ?? storedHashAt(client, owner, { epoch: taken.position.epoch, n: overlap });
}

function forked(at: number): { readonly status: "fork"; readonly message: string } {
  return {
    status: "fork",
    message: `Two different events have number ${at} or one before it. Enrol this device anew; its gates go on meanwhile.`,
  };
}

async function writeTaken(
  client: SqlRunner,
  context: IngestContext,
  { owner, held, taken }: { readonly owner: StreamOwner; readonly held: HeldStream; readonly taken: Taken },
): Promise<void> {
  const { position } = taken;
  const stretch = { ...owner, epoch: position.epoch, receivedAt: context.clock.wall() };
  const lines = [...taken.events, ...taken.poison].sort((a, b) => a.n - b.n);
  const scope = { owner, held, epoch: position.epoch };
  const events = await anchorTimes(client, context, { scope, reads: taken.events });
  const retold = await findRetold(client, owner, { held, epoch: position.epoch, lines });
  const lastRetold = retold.count === 0 ? 0 : (lines[retold.count - 1]?.n ?? 0);
  const isNew = ({ n }: { readonly n: number }): boolean => n > lastRetold;
  const again = events.filter((read) => !isNew(read));
  if (again.length > 0) await writeEvents(client, stretch, again);
  await keepRetoldLetters(
    client,
    stretch,
    taken.poison.filter((line) => !isNew(line)),
  );
  const applied = await applyEvents({ client, context, stretch, currency: held.currency }, events.filter(isNew));
  await Promise.all([
    writeDeadLetters(client, context, { stretch, poison: [...taken.poison.filter(isNew), ...applied.poison] }),
    moveStream(client, owner, { position, retold: retold.at, at: toIso(stretch.receivedAt) }),
    tell(client, { ...applied, lotId: owner.lotId, at: stretch.receivedAt }),
  ]);
}
