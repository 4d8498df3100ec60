import { accountInput, validationInput } from "@gatehouse/shared/contracts/http/rights.ts";
import { uuid } from "@gatehouse/shared/contracts/primitives.ts";
import { account } from "@gatehouse/shared/contracts/replica/account.ts";
import { validation } from "@gatehouse/shared/contracts/replica/validation.ts";
import { createRoute, z } from "@hono/zod-openapi";
import { endAccount } from "../../services/accounts/end.ts";
import { putAccount } from "../../services/accounts/put.ts";
import { createValidation } from "../../services/validations/create.ts";
import { revokeValidation } from "../../services/validations/revoke.ts";
import { type ApiOptions, verbContext } from "../api-env.ts";
import { idempotent } from "../http/idempotency.ts";
import { body, createRouter, idempotencyHeader, json, refusals, SECURITY } from "../http/open-api.ts";

const TAGS = ["rights"];
const lotParam = z.object({ id: uuid });
const accountParam = lotParam.extend({ accountId: uuid });
const gone = { description: "Done; gates know it at once" };

const validationsPath = "/parking-lots/{id}/validations";
const accountPath = "/parking-lots/{id}/accounts/{accountId}";

const createValidationRoute = (options: ApiOptions) =>
  createRoute({
    method: "post",
    path: validationsPath,
    tags: TAGS,
    summary: "Give a validation, for a code or for a stay",
    security: SECURITY,
    middleware: [idempotent(options)] as const,
    request: { params: lotParam, headers: idempotencyHeader, body: body(validationInput) },
    responses: { 201: json(validation, "The validation"), ...refusals },
  });

const revokeValidationRoute = createRoute({
  method: "delete",
  path: `${validationsPath}/{validationId}`,
  tags: TAGS,
  summary: "Take a validation back",
  security: SECURITY,
  request: { params: lotParam.extend({ validationId: z.string().min(1).max(64) }) },
  responses: { 204: gone, ...refusals },
});

const putAccountRoute = createRoute({
  method: "put",
  path: accountPath,
  tags: TAGS,
  summary: "Set an account that pays for its plates",
  security: SECURITY,
  request: { params: accountParam, body: body(accountInput) },
  responses: { 200: json(account, "The account, with its plates as they are compared"), ...refusals },
});

const endAccountRoute = createRoute({
  method: "delete",
  path: accountPath,
  tags: TAGS,
  summary: "End an account's agreement",
  security: SECURITY,
  request: { params: accountParam },
  responses: { 204: gone, ...refusals },
});

/** What makes a stay cheaper, or pays for it: validations and accounts. */
export function reductionRoutes(options: ApiOptions) {
  return createRouter()
    .openapi(createValidationRoute(options), async (c) => {
      const request = { lotId: c.req.valid("param").id, validation: c.req.valid("json") };
      return c.json(await createValidation(verbContext(c, options), request), 201);
    })
    .openapi(revokeValidationRoute, async (c) => {
      const { id, validationId } = c.req.valid("param");
      await revokeValidation(verbContext(c, options), { lotId: id, validationId });
      return c.body(null, 204);
    })
    .openapi(putAccountRoute, async (c) => {
      const { id, accountId } = c.req.valid("param");
      const given = { lotId: id, account: { ...c.req.valid("json"), account_id: accountId } };
      return c.json(await putAccount(verbContext(c, options), given), 200);
    })
    .openapi(endAccountRoute, async (c) => {
      const { id, accountId } = c.req.valid("param");
      await endAccount(verbContext(c, options), { lotId: id, accountId });
      return c.body(null, 204);
    });
}
