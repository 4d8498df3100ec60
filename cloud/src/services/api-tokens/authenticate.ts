import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { eq } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { apiTokens } from "../../db/schema/access.ts";
import type { Actor } from "../access.ts";
import { tokenRole } from "./schemas.ts";
import { parseToken, sameHash } from "./token-text.ts";

/** Compared with when a token is unknown, so that unknown and wrong take the same time. */
const NO_HASH = new Uint8Array(32);

/** Who bears this token; null when it is unknown, wrong, expired or revoked, which all look the same. */
export async function authenticateToken(
  { db, clock }: { readonly db: DatabaseOrTransaction; readonly clock: Pick<Clock, "wall"> },
  text: string,
): Promise<Extract<Actor, { kind: "token" }> | null> {
  const parts = parseToken(text);
  if (!parts) return null;
  const [row] = await db.select().from(apiTokens).where(eq(apiTokens.id, parts.id));
  const same = sameHash(row?.secret_hash ?? NO_HASH, parts.secretHash);
  if (!row || !same || row.revoked_at !== null) return null;
  if (row.expires_at !== null && row.expires_at.getTime() <= clock.wall()) return null;
  return {
    kind: "token",
    id: row.id,
    name: row.name,
    role: tokenRole.parse(row.role),
    operatorId: row.operator_id,
    lotIds: row.lot_ids,
  };
}
