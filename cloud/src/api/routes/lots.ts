import { laneView, lotSummary, spotStatusUpdate, spotView } from "@gatehouse/shared/contracts/http/lots.ts";
import { availability } from "@gatehouse/shared/contracts/http/operations.ts";
import { pageOf, pageQuery } from "@gatehouse/shared/contracts/http/paging.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { lotAvailability } from "../../services/lots/availability.ts";
import { listLots } from "../../services/lots/list.ts";
import { listLanes } from "../../services/lots/list-lanes.ts";
import { listSpots } from "../../services/spots/list.ts";
import { setSpotStatus } from "../../services/spots/set-status.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { decodeCursor, toPage } from "../http/cursor.ts";
import { etagOf, ifMatch } from "../http/etag.ts";
import { body, createRouter, ifMatchHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["spots"];
const idParam = z.object({ id: uuid });
const afterId = z.object({ id: uuid });
const afterNumber = z.object({ number: z.string().max(50) });

const list = createRoute({
  method: "get",
  path: "/parking-lots",
  tags: TAGS,
  summary: "Lots that you may see",
  security: SECURITY,
  request: { query: z.strictObject(pageQuery) },
  responses: { 200: json(pageOf(lotSummary), "A page of lots"), ...refusals },
});

const available = createRoute({
  method: "get",
  path: "/parking-lots/{id}/availability",
  tags: TAGS,
  summary: "Free spots of a lot, by type",
  security: SECURITY,
  request: { params: idParam },
  responses: { 200: json(availability, "Counts of one moment, with their version"), ...refusals },
});

const spots = createRoute({
  method: "get",
  path: "/parking-lots/{id}/spots",
  tags: TAGS,
  summary: "Spots of a lot, by number",
  security: SECURITY,
  request: { params: idParam, query: z.strictObject(pageQuery) },
  responses: { 200: json(pageOf(spotView), "A page of spots"), ...refusals },
});

const lanes = createRoute({
  method: "get",
  path: "/parking-lots/{id}/lanes",
  tags: TAGS,
  summary: "Lanes of a lot",
  security: SECURITY,
  request: { params: idParam },
  responses: { 200: json(z.object({ data: z.array(laneView) }), "All lanes"), ...refusals },
});

const setStatus = createRoute({
  method: "put",
  path: "/parking-spots/{id}/status",
  tags: TAGS,
  summary: "Set the status of a spot",
  security: SECURITY,
  request: { params: idParam, headers: ifMatchHeader, body: body(spotStatusUpdate) },
  responses: { 200: json(spotView, "The spot as it is now"), ...refusals },
});

export function lotRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = decodeCursor(afterId, cursor)?.id ?? null;
      const found = await listLots(verbContext(c, options), { limit: limit + 1, after });
      return c.json(
        toPage(found, limit, ({ id }) => ({ id })),
        200,
      );
    })
    .openapi(available, async (c) => {
      const found = await lotAvailability(verbContext(c, options), c.req.valid("param").id);
      c.header("etag", etagOf(found.version));
      return c.json(found, 200);
    })
    .openapi(spots, async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = decodeCursor(afterNumber, cursor)?.number ?? null;
      const page = { lotId: c.req.valid("param").id, limit: limit + 1, after };
      const found = await listSpots(verbContext(c, options), page);
      return c.json(
        toPage(found, limit, ({ spot_number }) => ({ number: spot_number })),
        200,
      );
    })
    .openapi(lanes, async (c) =>
      c.json({ data: await listLanes(verbContext(c, options), c.req.valid("param").id) }, 200),
    )
    .openapi(setStatus, async (c) => {
      const change = {
        spotId: c.req.valid("param").id,
        status: c.req.valid("json").status,
        ifVersion: ifMatch(c.req.header("if-match")),
        lotId: null,
      };
      const spot = await setSpotStatus(verbContext(c, options), change);
      c.header("etag", etagOf(spot.version));
      return c.json(spot, 200);
    });
}
