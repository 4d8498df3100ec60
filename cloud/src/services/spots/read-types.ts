import { type SpotType, spotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { sql } from "drizzle-orm";
import type { DatabaseOrTransaction } from "../../db/database.ts";

/** The type of each of a lot's spots that are asked for; unknown ids are left out. */
export async function readSpotTypes(
  db: DatabaseOrTransaction,
  { lotId, spotIds }: { readonly lotId: Uuid; readonly spotIds: readonly Uuid[] },
): Promise<ReadonlyMap<Uuid, SpotType>> {
  const found = await db.execute<{ id: string; type: string }>(sql`
    SELECT id, type FROM parking_spots
    WHERE parking_lot_id = ${lotId} AND id = ANY(${sql.param([...spotIds])}::uuid[])`);
  return new Map(found.rows.map(({ id, type }) => [id, spotType.parse(type)]));
}
