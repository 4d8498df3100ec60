import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../api-env.ts";
import { HttpError } from "./problem.ts";

/** A tariff with all its rules stays well below. */
const BODY_MAX_BYTES = 262_144;

const METHODS_WITH_BODY = new Set(["POST", "PUT", "PATCH"]);

/** Refuses bodies that are too large. */
export const limitBody = bodyLimit({
  maxSize: BODY_MAX_BYTES,
  onError: () => {
    throw new HttpError("too_large", 413, {
      message: `A body may have at most ${BODY_MAX_BYTES} bytes.`,
      // What is still on its way of the body is not read, so this connection is good for nothing more.
      headers: { connection: "close" },
    });
  },
});

/** Refuses bodies that don't say they are JSON, before anybody tries to read them. */
export const requireJson = createMiddleware<ApiEnv>(async (c, next) => {
  if (METHODS_WITH_BODY.has(c.req.method)) {
    const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json")
      throw new HttpError("unsupported_media_type", 415, {
        message: "Send JSON, with the header Content-Type: application/json.",
        headers: { accept: "application/json" },
      });
  }
  await next();
});
