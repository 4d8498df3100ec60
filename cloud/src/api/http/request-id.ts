import type { NewId } from "@gatehouse/shared/kit/ids.ts";
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../api-env.ts";

/** Names each request, in its answer, its log lines and its audit rows. A name that the caller sends is not taken over. */
export function requestId(newId: NewId) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const id = newId();
    c.set("requestId", id);
    await next();
    c.res.headers.set("x-request-id", id);
  });
}
