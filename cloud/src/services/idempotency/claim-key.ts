import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, lt } from "drizzle-orm";
import type { Database, Transaction } from "../../db/database.ts";
import { idempotencyKeys } from "../../db/schema/access.ts";

export interface KeyClaim {
  readonly tokenId: Uuid;
  readonly key: string;
  /** SHA-256 of the request; the same key with another request is a mistake of the caller's. */
  readonly requestHash: Uint8Array;
  readonly at: Date;
}

/** What a request was answered, to be given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; null for an answer without a body. */
  readonly body: unknown;
}

export type EarlierAnswer = KeptAnswer & { readonly requestHash: Uint8Array };

const ofKey = ({ tokenId, key }: KeyClaim) => and(eq(idempotencyKeys.token_id, tokenId), eq(idempotencyKeys.key, key));

/**
 * Takes a key for the transaction's request, waiting for another one that has it in hand. Null: it is ours, and
 * `keepAnswer` must follow in the same transaction. Otherwise the answer that was given before.
 */
export async function claimKey(tx: Transaction, claim: KeyClaim): Promise<EarlierAnswer | null> {
  const taken = await tx
    .insert(idempotencyKeys)
    .values({
      token_id: claim.tokenId,
      key: claim.key,
      request_hash: claim.requestHash,
      status: 0,
      headers: {},
      created_at: claim.at,
    })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (taken.length > 0) return null;
  const [earlier] = await tx.select().from(idempotencyKeys).where(ofKey(claim));
  if (!earlier) return null;
  const { status, body, request_hash: requestHash } = earlier;
  return { status, headers: earlier.headers, body, requestHash };
}

/** Records what the request of a claimed key was answered. */
export async function keepAnswer(tx: Transaction, claim: KeyClaim, answer: KeptAnswer): Promise<void> {
  await tx.update(idempotencyKeys).set(answer).where(ofKey(claim));
}

/** Forgets keys from before an instant: a request that comes back later is a new one. */
export async function forgetKeys(db: Database, before: Date): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.created_at, before));
}
