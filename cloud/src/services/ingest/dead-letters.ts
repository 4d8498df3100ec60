import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, count, eq, isNotNull, isNull } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { deadLetters } from "../../db/schema/devices.ts";
import { notFound } from "../service-error.ts";

/** Most dead letters in one answer. */
export const DEAD_LETTERS_PAGE = 100;

/** An event's identity. */
export interface EventKey {
  readonly deviceId: Uuid;
  readonly epoch: number;
  readonly n: number;
}

export type DeadLetter = typeof deadLetters.$inferSelect;

export interface DeadLetterFilter {
  readonly lotId: Uuid;
  /** Those that somebody has dealt with, or those that wait. */
  readonly settled: boolean;
}

/** A lot's events that could not be applied, oldest first, at most a page of them, and how many there are (SYNC-15). */
export async function listDeadLetters(
  { db }: { readonly db: DatabaseOrTransaction },
  { lotId, settled }: DeadLetterFilter,
): Promise<{ readonly total: number; readonly letters: readonly DeadLetter[] }> {
  const state = settled ? isNotNull(deadLetters.settled_at) : isNull(deadLetters.settled_at);
  const wanted = and(eq(deadLetters.lot_id, lotId), state);
  const order = [asc(deadLetters.received_at), asc(deadLetters.device_id), asc(deadLetters.epoch), asc(deadLetters.n)];
  const [letters, [all]] = await Promise.all([
    db
      .select()
      .from(deadLetters)
      .where(wanted)
      .orderBy(...order)
      .limit(DEAD_LETTERS_PAGE),
    db.select({ total: count() }).from(deadLetters).where(wanted),
  ]);
  return { total: all?.total ?? 0, letters };
}

/** One of them. Throws `not_found` when the lot has none by that key. */
export async function findDeadLetter(
  { db }: { readonly db: DatabaseOrTransaction },
  { lotId, deviceId, epoch, n }: EventKey & { readonly lotId: Uuid },
): Promise<DeadLetter> {
  const key = and(eq(deadLetters.device_id, deviceId), eq(deadLetters.epoch, epoch), eq(deadLetters.n, n));
  const [letter] = await db
    .select()
    .from(deadLetters)
    .where(and(eq(deadLetters.lot_id, lotId), key));
  if (!letter) throw notFound("dead letter");
  return letter;
}
