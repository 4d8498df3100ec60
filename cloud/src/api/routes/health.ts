import { Hono } from "hono";
import type { ApiEnv, ApiOptions } from "../api-env.ts";

/** For supervisors, load balancers and Prometheus; without a token, and without a word on anybody's data. */
export function healthRoutes({ failing, metrics }: Pick<ApiOptions, "failing" | "metrics">): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/healthz", (c) => c.json({ status: "ok" }))
    .get("/readyz", async (c) => {
      const parts = await failing();
      return parts.length === 0 ? c.json({ status: "ok" }) : c.json({ status: "failing", failing: [...parts] }, 503);
    })
    .get("/metrics", async (c) => c.body(await metrics.metrics(), 200, { "content-type": metrics.contentType }));
}
