import { spotView } from "@gatehouse/shared/contracts/http/lots.ts";
import { sessionView, vehicleEntry, vehicleExit } from "@gatehouse/shared/contracts/http/sessions.ts";
import { spotStatusReport } from "@gatehouse/shared/contracts/http/spot-events.ts";
import { createRoute } from "@hono/zod-openapi";
import { reportExit } from "../../services/sessions/end.ts";
import { toView } from "../../services/sessions/session.ts";
import { startSession } from "../../services/sessions/start.ts";
import { setSpotStatus } from "../../services/spots/set-status.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { idempotent } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["events"];

const entry = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: "/events/vehicle-entry",
    tags: TAGS,
    summary: "A camera saw a vehicle come in",
    description: "Starts its session. The same entry (lot, plate, time) told again gives the same session, with 200.",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { headers: idempotencyHeader, body: body(vehicleEntry) },
    responses: { 200: json(sessionView, "Told before"), 201: json(sessionView, "The new session"), ...refusals },
  });

const exit = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: "/events/vehicle-exit",
    tags: TAGS,
    summary: "A camera saw a vehicle leave",
    description:
      "Ends its session and computes the fee. The same exit (lot, plate, time) told again gives the same session.",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { headers: idempotencyHeader, body: body(vehicleExit) },
    responses: { 200: json(sessionView, "The session, with duration and fee"), ...refusals },
  });

const spotChange = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: "/events/spot-status-change",
    tags: TAGS,
    summary: "A sensor saw a spot change",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { headers: idempotencyHeader, body: body(spotStatusReport) },
    responses: { 200: json(spotView, "The spot as it is now"), ...refusals },
  });

export function vehicleEventRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(entry(options), async (c) => {
      const { parking_lot_id, license_plate, timestamp, entry_point_id, spot_type } = c.req.valid("json");
      const { session, created } = await startSession(verbContext(c, options), "vehicles.report", {
        lotId: parking_lot_id,
        licensePlate: license_plate,
        entryTime: new Date(timestamp),
        laneId: entry_point_id,
        spotType: spot_type,
        whenInside: "supersede",
      });
      c.header("location", `/api/v1/parking-sessions/${session.id}`);
      return created ? c.json(toView(session), 201) : c.json(toView(session), 200);
    })
    .openapi(exit(options), async (c) => {
      const { parking_lot_id, license_plate, timestamp, exit_point_id } = c.req.valid("json");
      const session = await reportExit(verbContext(c, options), {
        lotId: parking_lot_id,
        licensePlate: license_plate,
        exitTime: new Date(timestamp),
        laneId: exit_point_id,
      });
      return c.json(toView(session), 200);
    })
    .openapi(spotChange(options), async (c) => {
      const { spot_id, new_status, parking_lot_id } = c.req.valid("json");
      const change = { spotId: spot_id, status: new_status, ifVersion: null, lotId: parking_lot_id };
      return c.json(await setSpotStatus(verbContext(c, options), change), 200);
    });
}
