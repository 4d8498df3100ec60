import type { Clock, MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../api-env.ts";
import { HttpError } from "./problem.ts";

/** A bucket holds this many seconds' worth of requests, for bursts. */
const BURST_SECONDS = 2;
/** Callers whose buckets are kept; when there are more, all start full again. */
const MAX_BUCKETS = 50_000;

export type TakeToken = (caller: string) => { readonly granted: boolean; readonly remaining: number };

/** Token buckets by caller: `perSecond` on average, with bursts of `BURST_SECONDS` times as many. */
export function createBuckets(clock: Pick<Clock, "mono">, perSecond: number): TakeToken {
  const capacity = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { level: number; at: MonoMs }>();
  return (caller) => {
    const now = clock.mono();
    if (buckets.size >= MAX_BUCKETS && !buckets.has(caller)) buckets.clear();
    const bucket = buckets.get(caller) ?? { level: capacity, at: now };
    bucket.level = Math.min(capacity, bucket.level + ((now - bucket.at) / SECOND_MS) * perSecond);
    bucket.at = now;
    const granted = bucket.level >= 1;
    if (granted) bucket.level -= 1;
    buckets.set(caller, bucket);
    return { granted, remaining: Math.floor(bucket.level) };
  };
}

/** Refuses callers that are over their rate; the caller is the bearer of the token. */
export function limitRate(take: TakeToken, perSecond: number) {
  const policy = `"token";q=${perSecond * BURST_SECONDS};w=${BURST_SECONDS}`;
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { granted, remaining } = take(c.get("actor").id);
    const headers = { "ratelimit-policy": policy, ratelimit: `"token";r=${remaining};t=1` };
    if (!granted)
      throw new HttpError("rate_limited", 429, {
        message: `At most ${perSecond} requests a second are answered; wait a second.`,
        headers: { ...headers, "retry-after": "1" },
      });
    await next();
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
  });
}
