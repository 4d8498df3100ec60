import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { apiTokens } from "../../db/schema/access.ts";
import { appendAudit } from "../audit/append.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext } from "../verb-context.ts";
import type { TokenRole } from "./schemas.ts";
import { parseToken } from "./token-text.ts";

export interface NewApiToken {
  readonly operatorId: Uuid;
  readonly name: string;
  readonly role: TokenRole;
  readonly lotIds: readonly Uuid[] | null;
  /** The whole token, made by `newTokenText`; it is not stored. */
  readonly token: string;
  readonly expiresAt: Date | null;
}

/** Makes a bearer token known, by its hash. Only the system itself may (set-up). Throws `forbidden`, `invalid`, `conflict`. */
export async function createApiToken(context: VerbContext, request: NewApiToken): Promise<void> {
  if (context.actor.kind !== "system") throw new ServiceError("forbidden", "API tokens are made by set-up only.");
  const parts = parseToken(request.token);
  if (!parts) throw new ServiceError("invalid", "The API token has not the form ght_<id>.<secret>.");
  await inTransaction(context, async (inside) => {
    const made = await inside.db
      .insert(apiTokens)
      .values({
        id: parts.id,
        operator_id: request.operatorId,
        name: request.name,
        role: request.role,
        lot_ids: request.lotIds === null ? null : [...request.lotIds],
        secret_hash: parts.secretHash,
        created_at: inside.now,
        expires_at: request.expiresAt,
      })
      .onConflictDoNothing()
      .returning({ id: apiTokens.id });
    if (made.length === 0) throw new ServiceError("conflict", "An API token with this id is there already.");
    await appendAudit(inside, {
      action: "api_token.created",
      operatorId: request.operatorId,
      lotId: null,
      subject: { kind: "api_token", id: parts.id },
      details: { name: request.name, role: request.role },
    });
  });
}
