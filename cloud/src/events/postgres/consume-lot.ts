import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { toIso } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { DrizzleQueryError, sql } from "drizzle-orm";
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
/**
 * A handler that waits longer for a row lets go and comes back: it may be waiting for a transaction that waits for it,
 * and of the two a gate's events go first. Below Postgres' deadlock_timeout (1 s), so that they never see a deadlock.
 */
const LOCK_TIMEOUT_MS = 250;
/** Somebody else was in the way (lock_not_available, deadlock_detected, serialization_failure); the event is sound. */
const CONTENTION = new Set(["55P03", "40P01", "40001"]);

export interface ConsumeOptions {
  readonly db: Database;
  readonly consumer: Consumer;
  readonly lotId: Uuid;
  readonly now: () => WallMs;
}

/** `busy`: another process has this lot. `more`: there may be further events. `contended`: rows were locked, soon again. */
export type ConsumeOutcome =
  | { readonly kind: "busy" | "idle" | "more" | "contended" }
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
    await tx.execute(sql`SELECT set_config('lock_timeout', ${`${LOCK_TIMEOUT_MS}ms`}, true)`);
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
  let progress: Progress = { position: options.claim.position, attempts: options.claim.attempts };
  let outcome: ConsumeOutcome = { kind: options.rows.length < BATCH_EVENTS ? "idle" : "more" };
  for (const row of options.rows) {
    const failure = await tryRow(tx, options, row, published);
    if (failure) {
      outcome = outcomeOf(failure.error, progress.attempts, row);
      progress = await afterFailure(tx, options, { row, outcome, progress });
      break;
    }
    progress = { position: row.position, attempts: 0 };
  }
  const position = await publish(tx, options, { published, position: progress.position });
  await moveTo(tx, options, { ...progress, position, retry: outcome.kind === "failed" });
  return outcome;
}

/** Publishes what the handlers gave; the position to go on from, which steps over our own events where nothing lies between. */
async function publish(
  tx: Transaction,
  { consumer, lotId, now }: ConsumeOptions,
  { published, position }: { readonly published: readonly BusEvent[]; readonly position: number },
): Promise<number> {
  if (published.length === 0) return position;
  // Whoever holds the stream waits for nothing else (publish.ts), so this may wait for it.
  await tx.execute(sql`SELECT set_config('lock_timeout', '0', true)`);
  const written = await publishEvents(tx, { lotId, events: published, at: now() });
  const isForUs = published.some(({ topic }) => consumer.handlers[topic] !== undefined);
  return written && written.first === position + 1 && !isForUs ? written.last : position;
}

interface Progress {
  readonly position: number;
  /** Failures in a row of the event after `position`. */
  readonly attempts: number;
}

function outcomeOf(error: unknown, attempts: number, { topic, position }: StreamRow): ConsumeOutcome {
  if (isContention(error)) return { kind: "contended" };
  return { kind: attempts + 1 < MAX_ATTEMPTS ? "failed" : "dead_lettered", error, topic, position };
}

async function afterFailure(
  tx: Transaction,
  options: ConsumeOptions,
  { row, outcome, progress }: { row: StreamRow; outcome: ConsumeOutcome; progress: Progress },
): Promise<Progress> {
  if (outcome.kind === "failed") return { ...progress, attempts: progress.attempts + 1 };
  if (outcome.kind !== "dead_lettered") return progress;
  await keepDeadLetter(tx, options, row, outcome.error);
  return { position: row.position, attempts: 0 };
}

function isContention(error: unknown): boolean {
  const code = errorCode(error instanceof DrizzleQueryError ? error.cause : error);
  return code !== undefined && CONTENTION.has(code);
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
  { position, attempts, retry }: Progress & { readonly retry: boolean },
): Promise<void> {
  const waitMs = RETRY_FIRST_MS * 2 ** (attempts - 1);
  await tx.execute(sql`
    UPDATE bus_consumers SET position = ${position}, attempts = ${attempts},
      retry_at = CASE WHEN ${retry} THEN clock_timestamp() + ${waitMs} * interval '1 millisecond' END
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
