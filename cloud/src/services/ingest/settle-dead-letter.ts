import { notFound, ServiceError } from "../service-error.ts";
import { applyEvents } from "./apply-events.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import type { EventKey } from "./dead-letters.ts";
import { inTransaction } from "./in-transaction.ts";
import { readLine } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { type HeldStream, lockStream } from "./stream-row.ts";
import { tell } from "./tell.ts";

export type Settlement = "redelivered" | "discarded";

export interface SettleOptions extends EventKey {
  readonly owner: StreamOwner;
  /** The person's id. */
  readonly actor: string;
  readonly reason: string;
}

interface LetterRow {
  readonly raw: Buffer;
  readonly hash: string;
  readonly settled_as: Settlement | null;
}

/**
 * Applies an event that could not be applied when it came, by the rules of this build; what it does, the bus, the audit row
 * and the letter's end are one transaction (SYNC-15). It comes late, so the present state of lanes and spots stays as later
 * events told it. A repeat does nothing and gives the same answer.
 * Throws `not_found`, and `conflict` with why when it still can't be applied (it waits on) or was discarded.
 */
export function redeliverDeadLetter(context: IngestContext, options: SettleOptions): Promise<Settlement> {
  return settle(context, options, "redelivered", (client, letter, held) =>
    apply(client, context, options, letter, held),
  );
}

/** Gives an event up, for good: it keeps its raw line, and nothing comes of it. A repeat does nothing. Throws as redelivery. */
export function discardDeadLetter(context: IngestContext, options: SettleOptions): Promise<Settlement> {
  return settle(context, options, "discarded", () => Promise.resolve());
}

async function settle(
  context: IngestContext,
  options: SettleOptions,
  as: Settlement,
  act: (client: SqlRunner, letter: LetterRow, held: HeldStream) => Promise<void>,
): Promise<Settlement> {
  return inTransaction(context.pool, async (client) => {
    const held = await lockStream(client, options.owner);
    const letter = held && (await lockLetter(client, options));
    if (!letter) throw notFound("dead letter");
    if (letter.settled_as === as) return as;
    if (letter.settled_as !== null)
      throw new ServiceError("conflict", `This event was ${letter.settled_as} before; that is final.`);
    await act(client, letter, held);
    await record(client, context, options, as);
    return as;
  });
}

async function lockLetter(client: SqlRunner, { owner, epoch, n }: SettleOptions): Promise<LetterRow | null> {
  const { rows } = await client.query<LetterRow>(
    `SELECT raw, encode(hash, 'hex') AS hash, settled_as FROM dead_letters
     WHERE device_id = $1 AND epoch = $2 AND n = $3 AND lot_id = $4 FOR UPDATE`,
    [owner.deviceId, epoch, n, owner.lotId],
  );
  return rows[0] ?? null;
}

async function apply(
  client: SqlRunner,
  context: IngestContext,
  { owner, epoch, n }: SettleOptions,
  { raw, hash }: LetterRow,
  { currency }: HeldStream,
): Promise<void> {
  const read = readLine(raw.toString("utf8"), n);
  if (read.kind === "poison") throw stillPoison(read.message);
  const stretch = { ...owner, epoch, receivedAt: context.clock.wall(), isLate: true };
  const { line, event } = read;
  const applied = await applyEvents({ client, context, stretch, currency }, [{ n, line, hash, event }]);
  const [poison] = applied.poison;
  if (poison) throw stillPoison(poison.message);
  await tell(client, { ...applied, lotId: owner.lotId, at: stretch.receivedAt });
}

function stillPoison(why: string): ServiceError {
  return new ServiceError("conflict", `The event still can't be applied, and waits on: ${why}`);
}

async function record(
  client: SqlRunner,
  { clock }: IngestContext,
  { owner, epoch, n, actor, reason }: SettleOptions,
  as: Settlement,
): Promise<void> {
  const now = new Date(clock.wall());
  await client.query(
    `UPDATE dead_letters SET settled_at = $4, settled_as = $5, settled_by = $6
     WHERE device_id = $1 AND epoch = $2 AND n = $3`,
    [owner.deviceId, epoch, n, now, as, actor],
  );
  await client.query(
    `INSERT INTO audit_log (at, operator_id, lot_id, actor_kind, actor_id, action, subject_kind, subject_id, details)
     VALUES ($1, $2, $3, 'user', $4, $5, 'device', $6, $7)`,
    [
      now,
      owner.operatorId,
      owner.lotId,
      actor,
      `dead_letter.${as}`,
      owner.deviceId,
      JSON.stringify({ epoch, n, reason }),
    ],
  );
}
