import { createHash } from "node:crypto";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { sameHash } from "../../services/api-tokens/token-text.ts";
import {
  claimKey,
  type EarlierAnswer,
  type KeptAnswer,
  type KeyClaim,
  keepAnswer,
} from "../../services/idempotency/claim-key.ts";
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
    const claim = await claimOf(c, clock);
    if (claim === null) return next();
    try {
      await db.transaction(async (tx) => {
        const earlier = await claimKey(tx, claim);
        if (earlier) {
          c.res = replay(earlier, claim.requestHash);
          return;
        }
        c.set("db", tx);
        await next();
        if (c.error !== undefined || !c.res.ok) throw new Refused();
        await keepAnswer(tx, claim, await answerOf(c.res.clone()));
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  });
}

/** What a request's Idempotency-Key claims; null without one. Throws `invalid_request` for a key that can't be one. */
export async function claimOf(c: Context<ApiEnv>, clock: Pick<Clock, "wall">): Promise<KeyClaim | null> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (!KEY.test(key))
    throw new HttpError("invalid_request", 400, {
      message: "Idempotency-Key must be 1 to 128 visible ASCII characters.",
    });
  const body = await c.req.text();
  const requestHash = createHash("sha256").update(`${c.req.method} ${c.req.path}\n${body}`).digest();
  return { tokenId: c.get("actor").id, key, requestHash, at: new Date(clock.wall()) };
}

async function answerOf(answer: Response): Promise<KeptAnswer> {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const text = await answer.text();
  return { status: answer.status, headers, body: text === "" ? null : JSON.parse(text) };
}

function replay(earlier: EarlierAnswer, requestHash: Uint8Array): Response {
  if (!sameHash(earlier.requestHash, requestHash))
    throw new HttpError("idempotency_mismatch", 422, {
      message: "This Idempotency-Key was used for another request; take a new one.",
    });
  const body = earlier.body === null ? null : JSON.stringify(earlier.body);
  return new Response(body, {
    status: earlier.status,
    headers: {
      ...earlier.headers,
      ...(body === null ? {} : { "content-type": "application/json" }),
      "idempotency-replayed": "true",
    },
  });
}
