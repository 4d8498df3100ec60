import { deadLetterAction, deadLetterPage, deadLetterView } from "@gatehouse/shared/contracts/http/devices.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { createRoute, z } from "@hono/zod-openapi";
import {
  DEAD_LETTERS_PAGE,
  type DeadLetter,
  findDeadLetter,
  listDeadLetters,
} from "../../services/ingest/dead-letters.ts";
import { discardDeadLetter, redeliverDeadLetter } from "../../services/ingest/settle-dead-letter.ts";
import { findLot } from "../../services/lots/find-lot.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { body, createRouter, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["devices"];
const ofLot = z.object({ id: uuid });
const ofLetter = ofLot.extend({
  device: uuid,
  epoch: z.coerce.number().int().positive(),
  n: z.coerce.number().int().positive(),
});
const LETTER = "/parking-lots/{id}/dead-letters/{device}/{epoch}/{n}";

const list = createRoute({
  method: "get",
  path: "/parking-lots/{id}/dead-letters",
  tags: TAGS,
  summary: "Events of a lot's edge that could not be applied",
  description: `The oldest ${DEAD_LETTERS_PAGE}; with \`state=settled\` those that somebody has dealt with.`,
  security: SECURITY,
  request: { params: ofLot, query: z.object({ state: z.enum(["open", "settled"]).default("open") }) },
  responses: {
    200: json(deadLetterPage, "With their raw lines"),
    ...refusals,
  },
});

const one = createRoute({
  method: "get",
  path: LETTER,
  tags: TAGS,
  summary: "One event that could not be applied",
  security: SECURITY,
  request: { params: ofLetter },
  responses: { 200: json(deadLetterView, "With its raw line"), ...refusals },
});

const action = (verb: "redeliver" | "discard", summary: string) =>
  createRoute({
    method: "post",
    path: `${LETTER}/${verb}`,
    tags: TAGS,
    summary,
    security: SECURITY,
    request: { params: ofLetter, body: body(deadLetterAction) },
    responses: { 200: json(deadLetterView, "As it stands now; a repeat gives the same"), ...refusals },
  });

const redeliver = action("redeliver", "Apply the event now, by the rules of this version");
const discard = action("discard", "Give the event up for good");

/** What operators do about events that could not be applied (SYNC-15). */
export function deadLetterRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(list, async (c) => {
      const lot = await findLot(verbContext(c, options), "devices.read", c.req.valid("param").id);
      const settled = c.req.valid("query").state === "settled";
      const { total, letters } = await listDeadLetters(options, { lotId: lot.id, settled });
      return c.json({ total, data: letters.map(toView) }, 200);
    })
    .openapi(one, async (c) => {
      const { id, device, epoch, n } = c.req.valid("param");
      const lot = await findLot(verbContext(c, options), "devices.read", id);
      return c.json(toView(await findDeadLetter(options, { lotId: lot.id, deviceId: device, epoch, n })), 200);
    })
    .openapi(redeliver, async (c) => {
      const key = await keyOf(c.req.valid("param"), (id) => findLot(verbContext(c, options), "lots.write", id));
      await redeliverDeadLetter(options, { ...key, actor: c.get("actor").id, reason: c.req.valid("json").reason });
      return c.json(toView(await findDeadLetter(options, { ...key, lotId: key.owner.lotId })), 200);
    })
    .openapi(discard, async (c) => {
      const key = await keyOf(c.req.valid("param"), (id) => findLot(verbContext(c, options), "lots.write", id));
      await discardDeadLetter(options, { ...key, actor: c.get("actor").id, reason: c.req.valid("json").reason });
      return c.json(toView(await findDeadLetter(options, { ...key, lotId: key.owner.lotId })), 200);
    });
}

async function keyOf(
  { id, device, epoch, n }: z.infer<typeof ofLetter>,
  lotOf: (id: string) => Promise<{ readonly id: string; readonly operator_id: string }>,
) {
  const lot = await lotOf(id);
  return { owner: { operatorId: lot.operator_id, lotId: lot.id, deviceId: device }, deviceId: device, epoch, n };
}

function toView(letter: DeadLetter): z.infer<typeof deadLetterView> {
  return {
    device_id: letter.device_id,
    epoch: letter.epoch,
    n: letter.n,
    parking_lot_id: letter.lot_id,
    code: letter.code,
    message: letter.message,
    received_at: letter.received_at.toISOString(),
    settled_at: letter.settled_at?.toISOString() ?? null,
    settled_as: letter.settled_as,
    settled_by: letter.settled_by,
    body: letter.raw.toString("utf8"),
  };
}
