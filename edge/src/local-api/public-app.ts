import { Hono } from "hono";
import type { AgentView } from "./agent-view.ts";
import { lprEndpoint } from "./lpr-endpoint.ts";
import { agentMetrics } from "./metrics.ts";
import { technicianPage } from "./page/page-app.ts";
import { problem } from "./problem.ts";

/**
 * What the agent serves on the lot's network: the cameras' endpoint, health, metrics, and the technician's page. Only the
 * page, behind its login, shows a plate.
 */
export function publicApp(view: AgentView): Hono {
  const metrics = agentMetrics(view);
  view.cameras.onOutcome((outcome, camera) => metrics.countRead(outcome, camera));
  const app = new Hono();
  app.route(
    "/",
    lprEndpoint({
      cameras: view.cameras,
      clock: view.clock,
      unknownCamera: () => metrics.countRead("unauthorised", "unknown"),
    }),
  );
  app.get("/healthz", (context) => context.json({ status: "ok", version: view.version }));
  app.get("/readyz", (context) => {
    const faults = view.lanes.snapshot().filter(({ mode }) => mode === "fault");
    const body = { status: faults.length === 0 ? "ready" : "faulty", lanes_in_fault: faults.map(({ code }) => code) };
    return context.json(body, faults.length === 0 ? 200 : 503);
  });
  app.get("/metrics", async (context) =>
    context.text(await metrics.registry.metrics(), 200, { "content-type": metrics.registry.contentType }),
  );
  app.route("/technician", technicianPage(view));
  app.notFound((context) => problem(context, 404, "not_found", "There is nothing at this address."));
  app.onError((_error, context) => problem(context, 500, "internal", "The agent could not answer; see its log."));
  return app;
}
