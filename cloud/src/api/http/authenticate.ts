import { createHash } from "node:crypto";
import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { createMiddleware } from "hono/factory";
import { authenticateToken } from "../../services/api-tokens/authenticate.ts";
import type { ApiEnv, ApiOptions, TokenActor } from "../api-env.ts";
import { HttpError } from "./problem.ts";

/** How long a token that was found good is trusted without another look: a revoked one is out after that. */
const TRUST_MS = 10_000;
const MAX_TRUSTED = 10_000;

export type Authenticate = (token: string) => Promise<TokenActor | null>;

/** Checks bearer tokens, with a short memory of good ones, so that a busy camera isn't looked up each time. */
export function createAuthenticator({
  db,
  clock,
  realClock,
}: Pick<ApiOptions, "db" | "clock" | "realClock">): Authenticate {
  const trusted = new Map<string, { readonly actor: TokenActor; readonly until: MonoMs }>();
  return async (token) => {
    const key = createHash("sha256").update(token).digest("base64");
    const known = trusted.get(key);
    if (known && known.until > realClock.mono()) return known.actor;
    trusted.delete(key);
    const actor = await authenticateToken({ db, clock }, token);
    if (!actor) return null;
    if (trusted.size >= MAX_TRUSTED) trusted.clear();
    trusted.set(key, { actor, until: later(realClock.mono(), TRUST_MS) });
    return actor;
  };
}

/** The token of an `Authorization: Bearer` header; null without one. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? "")?.[1] ?? null;
}

/** Lets only bearers of a good token through, and tells routes who it is. */
export function requireActor(authenticate: Authenticate) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = bearerOf(c.req.header("authorization"));
    const actor = token === null ? null : await authenticate(token);
    if (!actor)
      throw new HttpError("unauthenticated", 401, {
        message: "Give a valid API token: Authorization: Bearer ght_...",
        headers: { "www-authenticate": 'Bearer realm="gatehouse"' },
      });
    c.set("actor", actor);
    await next();
  });
}
