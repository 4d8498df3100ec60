import { pageOf, pageQuery } from "@gatehouse/shared/contracts/http/paging.ts";
import { sessionStart, sessionUpdate, sessionView } from "@gatehouse/shared/contracts/http/sessions.ts";
import { instant, sessionStatus, uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { endSession } from "../../services/sessions/end.ts";
import { getSession } from "../../services/sessions/find-session.ts";
import { listSessions } from "../../services/sessions/list.ts";
import { toView } from "../../services/sessions/session.ts";
import { startSession } from "../../services/sessions/start.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { decodeCursor, toPage } from "../http/cursor.ts";
import { etagOf, ifMatch } from "../http/etag.ts";
import { idempotent } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, ifMatchHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["parking sessions"];
const idParam = z.object({ id: uuid });
const place = z.object({ at: instant, id: uuid });

const create = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: "/parking-sessions",
    tags: TAGS,
    summary: "Start a parking session",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { headers: idempotencyHeader, body: body(sessionStart) },
    responses: { 201: json(sessionView, "The session"), ...refusals },
  });

const update = createRoute({
  method: "put",
  path: "/parking-sessions/{id}",
  tags: TAGS,
  summary: "End a parking session",
  security: SECURITY,
  request: { params: idParam, headers: ifMatchHeader, body: body(sessionUpdate) },
  responses: { 200: json(sessionView, "The session as it is now, with its fee"), ...refusals },
});

const get = createRoute({
  method: "get",
  path: "/parking-sessions/{id}",
  tags: TAGS,
  summary: "One parking session",
  security: SECURITY,
  request: { params: idParam },
  responses: { 200: json(sessionView, "The session"), ...refusals },
});

const listQuery = z.strictObject({
  ...pageQuery,
  parking_lot_id: uuid.optional(),
  status: sessionStatus.optional(),
  license_plate: z.string().min(1).max(64).optional(),
});

const list = createRoute({
  method: "get",
  path: "/parking-sessions",
  tags: TAGS,
  summary: "Parking sessions, newest first",
  security: SECURITY,
  request: { query: listQuery },
  responses: { 200: json(pageOf(sessionView), "A page of sessions"), ...refusals },
});

export function sessionRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(create(options), async (c) => {
      const { parking_lot_id, license_plate, entry_time, spot_type } = c.req.valid("json");
      const { session } = await startSession(verbContext(c, options), "sessions.write", {
        lotId: parking_lot_id,
        licensePlate: license_plate,
        entryTime: new Date(entry_time ?? options.clock.wall()),
        laneId: null,
        spotType: spot_type,
        whenInside: "refuse",
      });
      c.header("location", `/api/v1/parking-sessions/${session.id}`);
      c.header("etag", etagOf(session.version));
      return c.json(toView(session), 201);
    })
    .openapi(update, async (c) => {
      const session = await endSession(verbContext(c, options), {
        sessionId: c.req.valid("param").id,
        exitTime: new Date(c.req.valid("json").exit_time ?? options.clock.wall()),
        ifVersion: ifMatch(c.req.header("if-match")),
      });
      c.header("etag", etagOf(session.version));
      return c.json(toView(session), 200);
    })
    .openapi(get, async (c) => {
      const session = await getSession(verbContext(c, options), c.req.valid("param").id);
      c.header("etag", etagOf(session.version));
      return c.json(toView(session), 200);
    })
    .openapi(list, async (c) => {
      const { limit, cursor, parking_lot_id, status, license_plate } = c.req.valid("query");
      const after = decodeCursor(place, cursor);
      const found = await listSessions(verbContext(c, options), {
        lotId: parking_lot_id ?? null,
        status: status ?? null,
        licensePlate: license_plate ?? null,
        limit: limit + 1,
        after: after && { entryTime: new Date(after.at), id: after.id },
      });
      return c.json(
        toPage(found.map(toView), limit, ({ entry_time, id }) => ({ at: entry_time, id })),
        200,
      );
    });
}
