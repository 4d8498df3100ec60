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
    throw new HttpError("too_large", 413, { message: `A body may have at most ${BODY_MAX_BYTES} bytes.` });
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
