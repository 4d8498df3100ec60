import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../../db/database.ts";
import { type Consumer, type Delivery, handle, isBusTopic } from "../bus.ts";
import { type BusEvent, publishEvents } from "../publish.ts";
import { readStream, type StreamRow } from "./read-stream.ts";

/** Events taken in one transaction. */
export const BATCH_EVENTS = 64;
/** Tries of one event before it goes to the dead letters. */
export const MAX_ATTEMPTS = 6;
/** First wait after a failure; each further one doubles it. */
const RETRY_FIRST_MS = 200;
const MAX_ERROR_TEXT = 2_000;

export interface ConsumeOptions {
  readonly db: Database;
  readonly consumer: Consumer;
  readonly lotId: Uuid;
  readonly now: () => WallMs;
}

/** `busy`: another process has this lot. `more`: there may be further events. */
export type ConsumeOutcome =
  | { readonly kind: "busy" | "idle" | "more" }
  | { readonly kind: "failed"; readonly error: unknown; readonly topic: string; readonly position: number }
  | { readonly kind: "dead_lettered"; readonly error: unknown; readonly topic: string; readonly position: number };

interface Claim {
  readonly position: number;
  readonly attempts: number;
}

/**
 * Takes the next events of one lot for a consumer, in one transaction with their effects and the group's new position.
 * An event that fails is undone alone; those before it are kept, and it is tried again later, then given up on.
 */
export async function consumeLot(options: ConsumeOptions): Promise<ConsumeOutcome> {
  await options.db.execute(sql`
    INSERT INTO bus_consumers (consumer, lot_id) VALUES (${options.consumer.name}, ${options.lotId})
    ON CONFLICT DO NOTHING`);
  return options.db.transaction(async (tx) => {
    const claim = await claimLot(tx, options);
    if (!claim) return { kind: "busy" };
    const rows = await readStream(tx, { lotId: options.lotId, after: claim.position, limit: BATCH_EVENTS });
    return takeRows(tx, { ...options, claim, rows });
  });
}

async function claimLot(tx: Transaction, { consumer, lotId }: ConsumeOptions): Promise<Claim | null> {
  const found = await tx.execute<{ position: string; attempts: number }>(sql`
    SELECT position, attempts FROM bus_consumers
    WHERE consumer = ${consumer.name} AND lot_id = ${lotId} AND (retry_at IS NULL OR retry_at <= clock_timestamp())
    FOR UPDATE SKIP LOCKED`);
  const row = found.rows[0];
  return row ? { position: Number(row.position), attempts: row.attempts } : null;
}

async function takeRows(
  tx: Transaction,
  options: ConsumeOptions & { readonly claim: Claim; readonly rows: readonly StreamRow[] },
): Promise<ConsumeOutcome> {
  const published: BusEvent[] = [];
  let position = options.claim.position;
  let outcome: ConsumeOutcome = { kind: options.rows.length < BATCH_EVENTS ? "idle" : "more" };
  let attempts = 0;
  for (const row of options.rows) {
    const failure = await tryRow(tx, options, row, published);
    if (failure) {
      attempts = 1 + (position === options.claim.position ? options.claim.attempts : 0);
      const kind = attempts < MAX_ATTEMPTS ? "failed" : "dead_lettered";
      outcome = { kind, error: failure.error, topic: row.topic, position: row.position };
      if (kind === "failed") break;
      await keepDeadLetter(tx, options, row, failure.error);
      position = row.position;
      attempts = 0;
      break;
    }
    position = row.position;
  }
  await moveTo(tx, options, { position, attempts });
  await publishEvents(tx, { lotId: options.lotId, events: published, at: options.now() });
  return outcome;
}

async function tryRow(
  tx: Transaction,
  { consumer, lotId }: ConsumeOptions,
  row: StreamRow,
  published: BusEvent[],
): Promise<{ readonly error: unknown } | null> {
  const { topic } = row;
  if (!isBusTopic(topic) || !consumer.handlers[topic]) return null;
  const mine: BusEvent[] = [];
  try {
    await tx.transaction(async (inner) => {
      const delivery: Delivery = { tx: inner, publish: (...events) => void mine.push(...events) };
      await handle(consumer, delivery, { ...row, lotId, topic });
    });
  } catch (error) {
    return { error };
  }
  published.push(...mine);
  return null;
}

async function moveTo(
  tx: Transaction,
  { consumer, lotId }: ConsumeOptions,
  { position, attempts }: { readonly position: number; readonly attempts: number },
): Promise<void> {
  const waitMs = RETRY_FIRST_MS * 2 ** (attempts - 1);
  await tx.execute(sql`
    UPDATE bus_consumers SET position = ${position}, attempts = ${attempts},
      retry_at = CASE WHEN ${attempts > 0} THEN clock_timestamp() + ${waitMs} * interval '1 millisecond' END
    WHERE consumer = ${consumer.name} AND lot_id = ${lotId}`);
}

async function keepDeadLetter(
  tx: Transaction,
  { consumer, lotId, now }: ConsumeOptions,
  row: StreamRow,
  error: unknown,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO bus_dead_letters (consumer, lot_id, position, topic, payload, error, at)
    VALUES (${consumer.name}, ${lotId}, ${row.position}, ${row.topic}, ${JSON.stringify(row.payload)}::jsonb,
      ${errorMessage(error).slice(0, MAX_ERROR_TEXT)}, ${toIso(now())}::timestamptz)`);
}
