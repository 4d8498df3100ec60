import type { ConfirmStatus } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Batch } from "@gatehouse/shared/sync/batch.ts";
import { judgeBatch, overlapOf, type StreamPosition } from "@gatehouse/shared/sync/cursor.ts";
import type pg from "pg";
import { applyEvents } from "./apply-events.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { inTransaction } from "./in-transaction.ts";
import { type NumberedLine, type PoisonLine, type ReadEvent, readLine } from "./read-events.ts";
import { type HeldStream, lockStream, moveStream, stopStream, storedHashAt } from "./stream-row.ts";
import { tell } from "./tell.ts";
import { writeDeadLetters } from "./write-events.ts";

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
  readonly lines: NumberedLine[];
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
  batches: readonly Batch[],
): Promise<IngestAnswer> {
  return inTransaction(context.pool, async (client) => {
    const held = await lockStream(client, owner);
    if (!held) throw new GatehouseError("device_unknown", "This device is not enrolled at this lot.");
    if (held.forkedAt !== null) return { ...forked(held.position.cursor), position: held.position, applied: 0 };
    const taken = await judgeAll(client, owner, { held, batches });
    if (taken.answer.status === "fork")
      await stopStream(client, context, { owner, message: taken.answer.message ?? "" });
    if (taken.lines.length > 0) await commitLines(client, context, { owner, held, taken });
    return { ...taken.answer, position: taken.position, applied: taken.lines.length };
  });
}

async function judgeAll(
  client: pg.ClientBase,
  owner: StreamOwner,
  { held, batches }: { readonly held: HeldStream; readonly batches: readonly Batch[] },
): Promise<Taken> {
  const taken: Taken = { position: held.position, lines: [], answer: { status: "ok", message: null } };
  for (const batch of batches) {
    const overlap = overlapOf(taken.position, batch);
    const stored = overlap === null ? null : await storedHashOf(client, owner, { taken, overlap });
    const verdict = judgeBatch(taken.position, batch, stored);
    switch (verdict.kind) {
      case "apply":
        take(taken, verdict);
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
  { first, lines, hashes, position }: Extract<ReturnType<typeof judgeBatch>, { kind: "apply" }>,
): void {
  for (const [i, line] of lines.entries()) taken.lines.push({ n: first + i, line, hash: hashes[i] ?? "" });
  taken.position = position;
}

/** H at a number below the cursor: of this very run, or as it was committed. */
async function storedHashOf(
  client: pg.ClientBase,
  owner: StreamOwner,
  { taken, overlap }: { readonly taken: Taken; readonly overlap: number },
): Promise<string | null> {
  const own = taken.lines.find((line) => line.n === overlap);
  return own?.hash ?? storedHashAt(client, owner, { epoch: taken.position.epoch, n: overlap });
}

function forked(at: number): { readonly status: "fork"; readonly message: string } {
  return {
    status: "fork",
    message: `Two different events have number ${at} or one before it. Enrol this device anew; its gates go on meanwhile.`,
  };
}

async function commitLines(
  client: pg.ClientBase,
  context: IngestContext,
  { owner, held, taken }: { readonly owner: StreamOwner; readonly held: HeldStream; readonly taken: Taken },
): Promise<void> {
  const stretch = { ...owner, epoch: taken.position.epoch, receivedAt: context.clock.wall() };
  const { reads, poison } = readAll(taken.lines);
  const applied = await applyEvents({ client, context, stretch, currency: held.currency }, reads);
  await writeDeadLetters(client, context, { stretch, poison: [...poison, ...applied.poison] });
  await moveStream(client, owner, { position: taken.position, at: toIso(stretch.receivedAt) });
  await tell(client, { ...applied, lotId: owner.lotId, at: stretch.receivedAt });
}

function readAll(lines: readonly NumberedLine[]): { reads: ReadEvent[]; poison: PoisonLine[] } {
  const reads: ReadEvent[] = [];
  const poison: PoisonLine[] = [];
  for (const line of lines) {
    const arrival = readLine(line);
    if (arrival.kind === "event") reads.push(arrival.read);
    else poison.push(arrival.poison);
  }
  return { reads, poison };
}
