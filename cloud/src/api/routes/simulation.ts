import { simulation, simulationLinkChange } from "@gatehouse/shared/contracts/http/operations.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { assertMay } from "../../services/access.ts";
import { findLot } from "../../services/lots/find-lot.ts";
import { listLots } from "../../services/lots/list.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { body, createRouter, json, refusals, SECURITY } from "../http/open-api.ts";
import { HttpError } from "../http/problem.ts";

const TAGS = ["simulation"];
const TIMEOUT_MS = 5_000;
const MAX_LOTS = 1_000;

const get = createRoute({
  method: "get",
  path: "/simulation",
  tags: TAGS,
  summary: "State of the simulated world (only where lots are simulated)",
  security: SECURITY,
  responses: { 200: json(simulation, "Links and vehicles of the simulated lots"), ...refusals },
});

const setLink = createRoute({
  method: "post",
  path: "/simulation/links/{lotId}",
  tags: TAGS,
  summary: "Cut a lot's network link, or mend it",
  security: SECURITY,
  request: { params: z.object({ lotId: uuid }), body: body(simulationLinkChange) },
  responses: { 200: json(simulation, "The world after the change"), ...refusals },
});

/** Passes control of the simulated world on to it; the page needs no second address. */
export function simulationRoutes(options: ApiOptions & { readonly simulationUrl: string }) {
  const { simulationUrl } = options;
  return createRouter()
    .openapi(get, async (c) => {
      assertMay(c.get("actor"), "lots.read");
      const mine = await listLots(verbContext(c, options), { limit: MAX_LOTS, after: null });
      const own = new Set(mine.map(({ id }) => id));
      const world = await ask(new URL("/simulation", simulationUrl), { method: "GET" });
      return c.json({ ...world, lots: world.lots.filter(({ lot_id }) => own.has(lot_id)) }, 200);
    })
    .openapi(setLink, async (c) => {
      const lot = await findLot(verbContext(c, options), "simulation.control", c.req.valid("param").lotId);
      const change = JSON.stringify(c.req.valid("json"));
      const headers = { "content-type": "application/json" };
      const url = new URL(`/links/${lot.id}`, simulationUrl);
      const world = await ask(url, { method: "POST", headers, body: change });
      return c.json({ ...world, lots: world.lots.filter(({ lot_id }) => lot_id === lot.id) }, 200);
    });
}

async function ask(url: URL, init: RequestInit): Promise<z.infer<typeof simulation>> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return simulation.parse(await answer.json());
  } catch {
    throw new HttpError("simulation_failed", 502, { message: "The simulated world doesn't answer; is it running?" });
  }
}
