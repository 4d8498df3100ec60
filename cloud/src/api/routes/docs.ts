import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import type { ApiEnv } from "../api-env.ts";

const require = createRequire(import.meta.url);
const FOLDER = dirname(require.resolve("swagger-ui-dist/package.json"));
const FILES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gatehouse API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="docs"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });\n`;

/** The API's manual, from our own server: it works without the internet and tells nobody who reads it. */
export function docsRoutes(): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/docs", (c) => c.html(PAGE))
    .get("/docs/start.js", (c) => c.body(START, 200, { "content-type": "text/javascript; charset=utf-8" }))
    .get("/docs/:file", async (c) => {
      const file = c.req.param("file");
      const type = FILES[file];
      if (type === undefined) return c.notFound();
      return c.body(await readFile(join(FOLDER, file), "utf8"), 200, {
        "content-type": type,
        "cache-control": "max-age=3600",
      });
    });
}
