import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type Context, Hono } from "hono";
import { streamText } from "hono/streaming";
import { z } from "zod";
import { type AgentView, statusOf } from "./agent-view.ts";
import { enrolRequest } from "./contract.ts";
import { examine } from "./doctor.ts";
import { lanePictures } from "./lane-pictures.ts";
import { removePassword, setPassword } from "./page/password-file.ts";
import { problem } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { withoutSecrets } from "./redact.ts";
import { deviceRoutes } from "./socket/device-routes.ts";
import { laneRoutes } from "./socket/lane-routes.ts";
import { storeRoutes } from "./socket/store-routes.ts";
import type { NodeEnv, WhoAsks } from "./who-asks.ts";

const WATCH_PERIOD_MS = 1_000;

/** What the agent serves on its local socket; whoever may open the socket's file may use all of it. */
export function socketApp(view: AgentView, who: WhoAsks): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  const pictures = lanePictures(view);
  app.get("/status", (context) => context.json(statusOf(view)));
  app.get("/lanes", (context) => context.json(view.lanes.snapshot()));
  app.get("/pictures", (context) => context.json(pictures()));
  app.get("/watch", (context) => watch(context, view, pictures));
  app.get("/doctor", (context) => context.json({ findings: examine(view), rejected_reads: view.rejected.latest() }));
  app.get("/config", (context) => context.json(withoutSecrets(view.site as unknown as Json)));
  app.post("/enrol", (context) => enrol(context, view, who));
  app.post("/page/password", (context) => pagePassword(context, view, who));
  app.route("/", storeRoutes(view, who));
  app.route("/", laneRoutes(view, who));
  app.route("/", deviceRoutes(view));
  app.notFound((context) =>
    problem(context, 404, "not_found", "This agent does not know that request; is `gate` newer than it?"),
  );
  app.onError((_error, context) => problem(context, 500, "internal", "The agent could not answer; see its log."));
  return app;
}

async function enrol(context: Context<NodeEnv>, view: AgentView, who: WhoAsks): Promise<Response> {
  const body = await readBody(context, enrolRequest);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const { token, provisioning_url: provisioningUrl } = body.data;
  const actor = who(context, body.data.actor);
  try {
    await view.enrol({ token, provisioningUrl });
  } catch (error) {
    view.journal.note({ laneId: null, kind: "technician.enrol", data: { actor, ok: false } });
    return problem(context, 400, errorCode(error) ?? "enrolment_failed", errorMessage(error));
  }
  await view.journal.append({ laneId: null, kind: "technician.enrol", data: { actor, ok: true } });
  return context.json({ message: "This edge is enrolled and connects to the cloud." });
}

const passwordRequest = z.strictObject({
  /** Null: nobody can log in to the page any more. */
  password: z.string().min(10, "take at least 10 characters").max(256).nullable(),
  actor: z.string().max(128),
});

async function pagePassword(context: Context<NodeEnv>, view: AgentView, who: WhoAsks): Promise<Response> {
  const body = await readBody(context, passwordRequest);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const { password } = body.data;
  const actor = who(context, body.data.actor);
  await view.journal.append({
    laneId: null,
    kind: "technician.page_password",
    data: { actor, set: password !== null },
  });
  if (password === null) await removePassword(view.dataDir);
  else await setPassword(view.dataDir, password, view.random);
  const message =
    password === null
      ? "The page's password is removed; nobody can log in there."
      : "The page's password is set; everybody who was logged in must log in again.";
  return context.json({ message });
}

/** One JSON line of all lanes on each change, and at least once a second, until the reader goes. */
function watch(context: Context, view: AgentView, pictures: ReturnType<typeof lanePictures>): Response {
  context.header("content-type", "application/x-ndjson");
  return streamText(context, async (stream) => {
    let wake = (): void => {};
    const stopListening = view.lanes.onChange(() => wake());
    stream.onAbort(() => wake());
    while (!stream.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await stream.writeln(JSON.stringify(pictures()));
      const timer = view.clock.after(WATCH_PERIOD_MS, () => wake());
      await woken;
      timer.cancel();
    }
    stopListening();
  });
}
