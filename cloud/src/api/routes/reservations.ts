import { reservationInput, reservationView } from "@gatehouse/shared/contracts/http/rights.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { cancelReservation } from "../../services/reservations/cancel.ts";
import { createReservation } from "../../services/reservations/create.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { idempotent } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["reservations"];

const create = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: "/reservations",
    tags: TAGS,
    summary: "Reserve a spot for a window",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { headers: idempotencyHeader, body: body(reservationInput) },
    responses: { 201: json(reservationView, "The reservation"), ...refusals },
  });

const cancel = createRoute({
  method: "delete",
  path: "/reservations/{id}",
  tags: TAGS,
  summary: "Cancel a reservation",
  security: SECURITY,
  request: { params: z.object({ id: uuid }) },
  responses: { 204: { description: "Cancelled" }, ...refusals },
});

export function reservationRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(create(options), async (c) => {
      const asked = c.req.valid("json");
      const made = await createReservation(verbContext(c, options), {
        lotId: asked.parking_lot_id,
        spotId: asked.parking_spot_id,
        spotType: asked.spot_type,
        licensePlate: asked.license_plate,
        startTime: new Date(asked.start_time),
        endTime: new Date(asked.end_time),
      });
      return c.json(made, 201);
    })
    .openapi(cancel, async (c) => {
      await cancelReservation(verbContext(c, options), {
        id: c.req.valid("param").id,
        reason: "cancelled by the operator",
      });
      return c.body(null, 204);
    });
}
