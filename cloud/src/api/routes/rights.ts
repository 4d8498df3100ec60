import { pageOf, pageQuery } from "@gatehouse/shared/contracts/http/paging.ts";
import {
  blocklistInput,
  permitInput,
  publishedTariff,
  scheduledTariffView,
  tariffPublication,
} from "@gatehouse/shared/contracts/http/rights.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { blocklistEntry } from "@gatehouse/shared/contracts/replica/blocklist.ts";
import { permit } from "@gatehouse/shared/contracts/replica/permit.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { addBlocklistEntry } from "../../services/blocklist/add.ts";
import { listBlocklist } from "../../services/blocklist/list.ts";
import { removeBlocklistEntry } from "../../services/blocklist/remove.ts";
import { createPermit } from "../../services/permits/create.ts";
import { listPermits } from "../../services/permits/list.ts";
import { revokePermit } from "../../services/permits/revoke.ts";
import { listTariffs } from "../../services/tariffs/list.ts";
import { publishTariff } from "../../services/tariffs/publish.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { decodeCursor, toPage } from "../http/cursor.ts";
import { idempotent } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["rights"];
const lotParam = z.object({ id: uuid });
const afterId = z.object({ id: z.string().max(64) });
const gone = { description: "Done; gates know it at once" };

const permitsPath = "/parking-lots/{id}/permits";
const blocklistPath = "/parking-lots/{id}/blocklist";
const tariffsPath = "/parking-lots/{id}/tariffs";

const listPermitsRoute = createRoute({
  method: "get",
  path: permitsPath,
  tags: TAGS,
  summary: "Permits in force of a lot",
  security: SECURITY,
  request: { params: lotParam, query: z.strictObject(pageQuery) },
  responses: { 200: json(pageOf(permit), "A page of permits"), ...refusals },
});

const createPermitRoute = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: permitsPath,
    tags: TAGS,
    summary: "Give a permit",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { params: lotParam, headers: idempotencyHeader, body: body(permitInput) },
    responses: { 201: json(permit, "The permit, with its plates as they are compared"), ...refusals },
  });

const revokePermitRoute = createRoute({
  method: "delete",
  path: `${permitsPath}/{permitId}`,
  tags: TAGS,
  summary: "Revoke a permit",
  security: SECURITY,
  request: { params: lotParam.extend({ permitId: z.string().min(1).max(64) }) },
  responses: { 204: gone, ...refusals },
});

const listBlocklistRoute = createRoute({
  method: "get",
  path: blocklistPath,
  tags: TAGS,
  summary: "Blocklist of a lot",
  security: SECURITY,
  request: { params: lotParam, query: z.strictObject(pageQuery) },
  responses: { 200: json(pageOf(blocklistEntry), "A page of entries"), ...refusals },
});

const addBlocklistRoute = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: blocklistPath,
    tags: TAGS,
    summary: "Put a plate on the blocklist",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { params: lotParam, headers: idempotencyHeader, body: body(blocklistInput) },
    responses: { 201: json(blocklistEntry, "The entry"), ...refusals },
  });

const removeBlocklistRoute = createRoute({
  method: "delete",
  path: `${blocklistPath}/{entryId}`,
  tags: TAGS,
  summary: "Take an entry off the blocklist",
  security: SECURITY,
  request: { params: lotParam.extend({ entryId: z.string().min(1).max(64) }) },
  responses: { 204: gone, ...refusals },
});

const listTariffsRoute = createRoute({
  method: "get",
  path: tariffsPath,
  tags: TAGS,
  summary: "Published tariff versions of a lot",
  security: SECURITY,
  request: { params: lotParam },
  responses: { 200: json(z.object({ data: z.array(scheduledTariffView) }), "All versions"), ...refusals },
});

const publishTariffRoute = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: tariffsPath,
    tags: TAGS,
    summary: "Publish a tariff version",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { params: lotParam, headers: idempotencyHeader, body: body(tariffPublication) },
    responses: { 201: json(publishedTariff, "The version, in the lot's schedule"), ...refusals },
  });

export function permitRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(listPermitsRoute, async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = decodeCursor(afterId, cursor)?.id ?? null;
      const page = { lotId: c.req.valid("param").id, limit: limit + 1, after };
      const found = await listPermits(verbContext(c, options), page);
      return c.json(
        toPage(found, limit, ({ permit_id }) => ({ id: permit_id })),
        200,
      );
    })
    .openapi(createPermitRoute(options), async (c) => {
      const request = { lotId: c.req.valid("param").id, permit: c.req.valid("json") };
      return c.json(await createPermit(verbContext(c, options), request), 201);
    })
    .openapi(revokePermitRoute, async (c) => {
      const { id, permitId } = c.req.valid("param");
      await revokePermit(verbContext(c, options), { lotId: id, permitId });
      return c.body(null, 204);
    });
}

export function blocklistRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(listBlocklistRoute, async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const after = decodeCursor(afterId, cursor)?.id ?? null;
      const page = { lotId: c.req.valid("param").id, limit: limit + 1, after };
      const found = await listBlocklist(verbContext(c, options), page);
      return c.json(
        toPage(found, limit, ({ entry_id }) => ({ id: entry_id })),
        200,
      );
    })
    .openapi(addBlocklistRoute(options), async (c) => {
      const request = { lotId: c.req.valid("param").id, entry: c.req.valid("json") };
      return c.json(await addBlocklistEntry(verbContext(c, options), request), 201);
    })
    .openapi(removeBlocklistRoute, async (c) => {
      const { id, entryId } = c.req.valid("param");
      await removeBlocklistEntry(verbContext(c, options), { lotId: id, entryId });
      return c.body(null, 204);
    });
}

export function tariffRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(listTariffsRoute, async (c) => {
      const data = await listTariffs(verbContext(c, options), c.req.valid("param").id);
      return c.json({ data: [...data] }, 200);
    })
    .openapi(publishTariffRoute(options), async (c) => {
      const { tariff, in_force_from } = c.req.valid("json");
      const inForceFrom = new Date(in_force_from ?? options.clock.wall());
      const request = { lotId: c.req.valid("param").id, tariff, inForceFrom };
      return c.json(await publishTariff(verbContext(c, options), request), 201);
    });
}
