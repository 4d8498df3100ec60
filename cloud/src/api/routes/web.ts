import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import type { ApiEnv } from "../api-env.ts";

/** The built pages; their assets have a hash in the name, so they may be kept for good. */
export function webRoutes(webDir: string): Hono<ApiEnv> {
  const onFound = (path: string, c: { header: (name: string, value: string) => void }): void => {
    c.header("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  };
  return new Hono<ApiEnv>().get("*", serveStatic({ root: webDir, onFound }));
}
