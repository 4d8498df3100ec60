import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { type Context, Hono } from "hono";
import { streamText } from "hono/streaming";
import type { z } from "zod";
import type { OfferAnswer } from "../lane/lane-control.ts";
import { type AgentView, journalView, sessionView, statusOf } from "./agent-view.ts";
import { injectedRead, laneCommandRequest } from "./contract.ts";
import { examine } from "./doctor.ts";
import { problem } from "./problem.ts";

const MOST_ROWS = 1_000;
const WATCH_PERIOD_MS = 1_000;

/** What the agent serves on its local socket; whoever may open the socket's file may use all of it. */
export function socketApp(view: AgentView): Hono {
  const app = new Hono();
  app.get("/status", (context) => context.json(statusOf(view)));
  app.get("/lanes", (context) => context.json(view.lanes.snapshot()));
  app.get("/watch", (context) => watch(context, view));
  app.get("/sessions", (context) => {
    const filter = {
      openOnly: context.req.query("all") !== "true",
      plate: context.req.query("plate") ?? null,
      limit: limitOf(context),
    };
    return context.json(view.queries.sessions(filter).map(sessionView));
  });
  app.get("/outbox", (context) => context.json(statusOf(view).outbox));
  app.get("/journal", (context) => {
    const lane = context.req.query("lane");
    const laneId = lane === undefined ? null : laneIdOf(view, lane);
    if (lane !== undefined && laneId === null) return unknownLane(context, view, lane);
    const since = context.req.query("since");
    const sinceId = since === undefined ? null : Number(since);
    if (sinceId !== null && !Number.isSafeInteger(sinceId))
      return problem(context, 400, "bad_request", "since must be a number.");
    return context.json(view.queries.journal({ laneId, sinceId, limit: limitOf(context) }).map(journalView));
  });
  app.get("/doctor", (context) => context.json({ findings: examine(view), rejected_reads: view.rejected.latest() }));
  app.post("/lanes/:lane/command", (context) => command(context, view));
  app.post("/lanes/:lane/read", (context) => read(context, view));
  app.notFound((context) =>
    problem(context, 404, "not_found", "This agent does not know that request; is `gate` newer than it?"),
  );
  app.onError((_error, context) => problem(context, 500, "internal", "The agent could not answer; see its log."));
  return app;
}

async function command(context: Context, view: AgentView): Promise<Response> {
  const code = context.req.param("lane") ?? "";
  const laneId = laneIdOf(view, code);
  if (laneId === null) return unknownLane(context, view, code);
  const body = await bodyOf(context, laneCommandRequest);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const answer = await view.lanes.command({ laneId, ...body.data, commandId: null, origin: "local" });
  return context.json(answer.ok ? { ok: true, refusal: null, message: answer.message } : answer, answer.ok ? 200 : 409);
}

async function read(context: Context, view: AgentView): Promise<Response> {
  const code = context.req.param("lane") ?? "";
  const laneId = laneIdOf(view, code);
  if (laneId === null) return unknownLane(context, view, code);
  const body = await bodyOf(context, injectedRead);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const normalised = normalisePlate(body.data.plate);
  if (normalised === null)
    return problem(context, 400, "no_plate", `"${body.data.plate}" has no letters or digits of a plate.`);
  const answer = view.lanes.offer({
    laneId,
    kind: "plate",
    value: normalised,
    direction: body.data.direction,
    read: {
      raw: body.data.plate,
      normalised,
      matched: null,
      confidence: body.data.confidence,
      source: `injected by ${body.data.actor}`.slice(0, 64),
      vendor_event_id: null,
      captured_at: null,
      received_at: view.clock.wall(),
    },
  });
  return context.json({ answer, message: OFFER_MEANS[answer] }, answer === "accepted" ? 200 : 409);
}

const OFFER_MEANS: Readonly<Record<OfferAnswer, string>> = {
  accepted: "The lane took the read; it counts while a vehicle stands on the arming loop.",
  duplicate: "The lane is already at work on this plate.",
  wrong_direction: "The read tells of a vehicle that goes the other way.",
  lane_not_ready: "The lane takes no reads in its present mode.",
  queue_full: "The lane has more reads than it can take.",
  unknown_lane: "This lot has no such lane.",
};

/** One JSON line of all lanes on each change, and at least once a second, until the reader goes. */
function watch(context: Context, view: AgentView): Response {
  context.header("content-type", "application/x-ndjson");
  return streamText(context, async (stream) => {
    let wake = (): void => {};
    const stopListening = view.lanes.onChange(() => wake());
    stream.onAbort(() => wake());
    while (!stream.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await stream.writeln(
        JSON.stringify({ at: view.clock.wall(), link: view.link().state, lanes: view.lanes.snapshot() }),
      );
      const timer = view.clock.after(WATCH_PERIOD_MS, () => wake());
      await woken;
      timer.cancel();
    }
    stopListening();
  });
}

function laneIdOf(view: AgentView, code: string): string | null {
  return view.site.lanes.find((lane) => lane.code === code || lane.id === code)?.id ?? null;
}

function unknownLane(context: Context, view: AgentView, code: string): Response {
  const known = view.site.lanes.map((lane) => lane.code).join(", ");
  return problem(context, 404, "unknown_lane", `There is no lane "${code}" here; the lanes are: ${known}.`);
}

function limitOf(context: Context): number {
  const asked = Number(context.req.query("limit") ?? 50);
  return Number.isSafeInteger(asked) ? Math.min(Math.max(asked, 1), MOST_ROWS) : 50;
}

async function bodyOf<T>(
  context: Context,
  schema: z.ZodType<T>,
): Promise<{ success: true; data: T } | { success: false; message: string }> {
  const json: unknown = await context.req.json().catch(() => null);
  const parsed = schema.safeParse(json);
  if (parsed.success) return { success: true, data: parsed.data };
  return {
    success: false,
    message: parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`).join("; "),
  };
}
