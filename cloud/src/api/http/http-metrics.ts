import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { createMiddleware } from "hono/factory";
import { Histogram, type Registry } from "prom-client";
import type { ApiEnv } from "../api-env.ts";

/** Around the goal of 100 ms at the 95th percentile. */
const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

/** Counts and times requests by route (its pattern, never the path, which holds ids). */
export function measureRequests(metrics: Registry, clock: Pick<Clock, "mono">) {
  const duration = new Histogram({
    name: "gatehouse_http_request_seconds",
    help: "Time to answer a request, by route and status.",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS_SECONDS,
    registers: [metrics],
  });
  return createMiddleware<ApiEnv>(async (c, next) => {
    const start = clock.mono();
    await next();
    const labels = { method: c.req.method, route: c.req.routePath, status: String(c.res.status) };
    duration.observe(labels, (clock.mono() - start) / SECOND_MS);
  });
}
