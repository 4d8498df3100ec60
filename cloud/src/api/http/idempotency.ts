import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Transaction } from "../../db/database.ts";
import { idempotencyKeys } from "../../db/schema/access.ts";
import { sameHash } from "../../services/api-tokens/token-text.ts";
import type { ApiEnv, ApiOptions } from "../api-env.ts";
import { HttpError } from "./problem.ts";

const KEY = /^[\x21-\x7e]{1,128}$/;
/** Headers of the first answer that a repeated one carries too. */
const KEPT_HEADERS = ["location", "etag"] as const;

/** The request was refused: nothing of it is kept, and the same key may be used again. */
class Refused extends Error {}

/**
 * Runs a request with an Idempotency-Key in one transaction with the record of its answer: repeated, even at the same
 * moment, it has its effect once and gets the first answer again. Requests that were refused are not recorded.
 */
export function idempotent({ db, clock }: Pick<ApiOptions, "db" | "clock">) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (key === undefined) return next();
    if (!KEY.test(key))
      throw new HttpError("invalid_request", 400, {
        message: "Idempotency-Key must be 1 to 128 visible ASCII characters.",
      });
    const body = await c.req.text();
    const requestHash = createHash("sha256").update(`${c.req.method} ${c.req.path}\n${body}`).digest();
    const claim = { tokenId: c.get("actor").id, key, requestHash, at: new Date(clock.wall()) };
    try {
      await db.transaction(async (tx) => {
        const earlier = await claimKey(tx, claim);
        if (earlier) {
          c.res = replay(earlier, requestHash);
          return;
        }
        c.set("db", tx);
        await next();
        if (c.error !== undefined || !c.res.ok) throw new Refused();
        await recordAnswer(tx, claim, c.res.clone());
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  });
}

interface Claim {
  readonly tokenId: string;
  readonly key: string;
  readonly requestHash: Uint8Array;
  readonly at: Date;
}

type Answer = typeof idempotencyKeys.$inferSelect;

const ofKey = ({ tokenId, key }: Claim) => and(eq(idempotencyKeys.token_id, tokenId), eq(idempotencyKeys.key, key));

/** Takes the key, waiting for another request that has it in hand; the answer when it was answered before. */
async function claimKey(tx: Transaction, claim: Claim): Promise<Answer | null> {
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
  return earlier ?? null;
}

async function recordAnswer(tx: Transaction, claim: Claim, answer: Response): Promise<void> {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const text = await answer.text();
  await tx
    .update(idempotencyKeys)
    .set({ status: answer.status, headers, body: text === "" ? null : JSON.parse(text) })
    .where(ofKey(claim));
}

function replay(earlier: Answer, requestHash: Uint8Array): Response {
  if (!sameHash(earlier.request_hash, requestHash))
    throw new HttpError("idempotency_mismatch", 422, {
      message: "This Idempotency-Key was used for another request; take a new one.",
    });
  const body = earlier.body === null ? null : JSON.stringify(earlier.body);
  return new Response(body, {
    status: earlier.status as ContentfulStatusCode,
    headers: {
      ...(earlier.headers as Record<string, string>),
      ...(body === null ? {} : { "content-type": "application/json" }),
      "idempotency-replayed": "true",
    },
  });
}
