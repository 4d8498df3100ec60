import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import type { DatabaseOrTransaction, Transaction } from "../db/database.ts";
import type { Actor } from "./access.ts";

/** What every verb is given. With a transaction as `db` the verb joins it, else it makes its own. */
export interface VerbContext {
  readonly db: DatabaseOrTransaction;
  readonly clock: Pick<Clock, "wall">;
  readonly newId: NewId;
  readonly actor: Actor;
  /** For the audit row; null outside a request. */
  readonly requestId: string | null;
}

/** The context inside a transaction. */
export interface VerbTransaction extends VerbContext {
  readonly db: Transaction;
  readonly now: Date;
}

/** Runs a verb's change as one transaction (a savepoint when there is one already), with one time for all of it. */
export function inTransaction<T>(context: VerbContext, work: (inside: VerbTransaction) => Promise<T>): Promise<T> {
  const now = new Date(context.clock.wall());
  return context.db.transaction((tx) => work({ ...context, db: tx, now }));
}
