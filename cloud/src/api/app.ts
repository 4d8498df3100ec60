import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ApiEnv, ApiOptions } from "./api-env.ts";
import { createMethodFinder } from "./http/allowed-methods.ts";
import { type Authenticate, requireActor } from "./http/authenticate.ts";
import { measureRequests } from "./http/http-metrics.ts";
import { limitBody, requireJson } from "./http/json-body.ts";
import { createRouter } from "./http/open-api.ts";
import { HttpError, problemResponse } from "./http/problem.ts";
import { createBuckets, limitRate } from "./http/rate-limit.ts";
import { requestId } from "./http/request-id.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { deviceRoutes } from "./routes/devices.ts";
import { docsRoutes } from "./routes/docs.ts";
import { healthRoutes } from "./routes/health.ts";
import { lotRoutes } from "./routes/lots.ts";
import { reductionRoutes } from "./routes/reductions.ts";
import { reservationRoutes } from "./routes/reservations.ts";
import { blocklistRoutes, permitRoutes, tariffRoutes } from "./routes/rights.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { simulationRoutes } from "./routes/simulation.ts";
import { vehicleEventRoutes } from "./routes/vehicle-events.ts";
import { webRoutes } from "./routes/web.ts";

const PREFIX = "/api/v1";
const API_VERSION = "1.0.0";

/** The whole HTTP side of the cloud: API, its manual, health, and the built pages. */
export function createApp(options: ApiOptions, authenticate: Authenticate): OpenAPIHono<ApiEnv> {
  const app = createRouter();
  app.use("*", requestId(options.newId), securityHeaders, measureRequests(options.metrics, options.realClock));
  app.onError((error, c) => problemResponse(error, c, options.log));
  const take = createBuckets(options.realClock, options.requestsPerSecond);
  app.use(
    `${PREFIX}/*`,
    limitBody,
    requireActor(authenticate),
    limitRate(take, options.requestsPerSecond),
    requireJson,
  );
  addApiRoutes(app, options);
  app.route("/", healthRoutes(options));
  addManual(app);
  const methodsOf = createMethodFinder(app.routes);
  if (options.webDir !== null) app.route("/", webRoutes(options.webDir));
  app.notFound((c) => {
    const methods = methodsOf(c.req.path);
    const error =
      methods.length === 0
        ? new HttpError("no_such_address", 404, { message: "There is nothing at this address; see /docs." })
        : new HttpError("method_not_allowed", 405, {
            message: `This address takes ${methods.join(", ")}.`,
            headers: { allow: methods.join(", ") },
          });
    return problemResponse(error, c, options.log);
  });
  return app;
}

function addApiRoutes(app: OpenAPIHono<ApiEnv>, options: ApiOptions): void {
  const { simulationUrl } = options;
  app.route(PREFIX, lotRoutes(options));
  app.route(PREFIX, sessionRoutes(options));
  app.route(PREFIX, vehicleEventRoutes(options));
  app.route(PREFIX, permitRoutes(options));
  app.route(PREFIX, blocklistRoutes(options));
  app.route(PREFIX, tariffRoutes(options));
  app.route(PREFIX, reductionRoutes(options));
  app.route(PREFIX, reservationRoutes(options));
  app.route(PREFIX, deviceRoutes(options));
  app.route(PREFIX, deadLetterRoutes(options));
  if (simulationUrl !== null) app.route(PREFIX, simulationRoutes({ ...options, simulationUrl }));
}

function addManual(app: OpenAPIHono<ApiEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Gatehouse",
      version: API_VERSION,
      description: "Lots, spots, sessions, rights and gates of an operator.",
    },
    servers: [{ url: "/" }],
  });
  app.route("/", docsRoutes());
}
