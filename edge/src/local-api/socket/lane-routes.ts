import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { type Context, Hono } from "hono";
import type { OfferAnswer } from "../../lane/lane-control.ts";
import type { AgentView } from "../agent-view.ts";
import { decideRequest, injectedRead, laneCommandRequest } from "../contract.ts";
import { laneIdOf, unknownLane } from "../known-lanes.ts";
import { problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import type { NodeEnv, WhoAsks } from "../who-asks.ts";

/** What a hand at the lot asks of a lane. Each action goes through the same interlocks as any other cause. */
export function laneRoutes(view: AgentView, who: WhoAsks): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>();
  app.post("/lanes/:lane/command", (context) => command(context, view, who));
  app.post("/lanes/:lane/read", (context) => read(context, view, who));
  app.post("/decide", (context) => decide(context, view));
  return app;
}

async function command(context: Context<NodeEnv>, view: AgentView, who: WhoAsks): Promise<Response> {
  const code = context.req.param("lane") ?? "";
  const laneId = laneIdOf(view, code);
  if (laneId === null) return unknownLane(context, view, code);
  const body = await readBody(context, laneCommandRequest);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const { action, reason, actor } = body.data;
  const order = { laneId, action, reason, actor: who(context, actor), commandId: null, origin: "local" } as const;
  const answer = await view.lanes.command(order);
  return context.json(answer.ok ? { ok: true, refusal: null, message: answer.message } : answer, answer.ok ? 200 : 409);
}

async function read(context: Context<NodeEnv>, view: AgentView, who: WhoAsks): Promise<Response> {
  const code = context.req.param("lane") ?? "";
  const laneId = laneIdOf(view, code);
  if (laneId === null) return unknownLane(context, view, code);
  const body = await readBody(context, injectedRead);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const { plate, confidence, direction } = body.data;
  const normalised = normalisePlate(plate);
  if (normalised === null) return problem(context, 400, "no_plate", `"${plate}" has no letters or digits of a plate.`);
  const actor = who(context, body.data.actor);
  const answer = view.lanes.offer({
    laneId,
    kind: "plate",
    value: normalised,
    direction,
    read: {
      raw: plate,
      normalised,
      matched: null,
      confidence,
      source: `injected by ${actor}`.slice(0, 64),
      vendor_event_id: null,
      captured_at: null,
      received_at: view.clock.wall(),
    },
  });
  view.journal.note({ laneId, kind: "technician.read", data: { actor, answer } });
  await view
    .report({ type: "lane.overridden", lane_id: laneId, action: "read", actor, reason: answer, command_id: null })
    .catch(() => {
      // A store that takes nothing is told by the doctor; a read offered by hand opens nothing by itself.
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

async function decide(context: Context<NodeEnv>, view: AgentView): Promise<Response> {
  const body = await readBody(context, decideRequest);
  if (!body.success) return problem(context, 400, "bad_request", body.message);
  const { lane, plate, code, lost_ticket, at } = body.data;
  const laneId = laneIdOf(view, lane);
  if (laneId === null) return unknownLane(context, view, lane);
  if ((plate === null) === (code === null))
    return problem(context, 400, "bad_request", "Name a plate or a code, one of the two.");
  const normalised = plate === null ? null : normalisePlate(plate);
  if (plate !== null && normalised === null)
    return problem(context, 400, "no_plate", `"${plate}" has no letters or digits of a plate.`);
  const inside = view.inspect(laneId);
  const site = view.site.lanes.find(({ id }) => id === laneId);
  const direction = inside?.state.direction ?? (site?.direction === "exit" ? "exit" : "entry");
  const query = { laneId, direction, plate: normalised, code, lostTicket: lost_ticket };
  return context.json(await view.explain({ ...query, at: at === null ? null : wallMs(at) }));
}
