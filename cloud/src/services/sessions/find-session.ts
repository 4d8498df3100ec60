import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, getTableColumns, inArray } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { parkingSessions } from "../../db/schema/sessions.ts";
import { assertMay, type Permission } from "../access.ts";
import { ownLots } from "../lots/find-lot.ts";
import { notFound } from "../service-error.ts";
import type { VerbContext, VerbTransaction } from "../verb-context.ts";
import { INSIDE, type SessionRow } from "./session.ts";

/** A session and the operator of its lot. */
export type FoundSession = SessionRow & { readonly operator_id: Uuid };

const columns = { ...getTableColumns(parkingSessions), operator_id: parkingLots.operator_id };

/** A session that the actor may see. Throws `forbidden`, or `not_found` for absent and foreign alike. */
export async function getSession({ db, actor }: VerbContext, id: Uuid): Promise<SessionRow> {
  assertMay(actor, "sessions.read");
  const [found] = await db
    .select(getTableColumns(parkingSessions))
    .from(parkingSessions)
    .innerJoin(parkingLots, eq(parkingLots.id, parkingSessions.parking_lot_id))
    .where(and(eq(parkingSessions.id, id), ownLots(actor)))
    .limit(1);
  if (!found) throw notFound("parking session");
  return found;
}

/** The same, locked until the transaction ends, for a change that needs `permission`. */
export async function lockSession(
  { db, actor }: VerbTransaction,
  permission: Permission,
  id: Uuid,
): Promise<FoundSession> {
  assertMay(actor, permission);
  const [found] = await db
    .select(columns)
    .from(parkingSessions)
    .innerJoin(parkingLots, eq(parkingLots.id, parkingSessions.parking_lot_id))
    .where(and(eq(parkingSessions.id, id), ownLots(actor)))
    .limit(1)
    .for("no key update", { of: parkingSessions });
  if (!found) throw notFound("parking session");
  return found;
}

/** The session of a plate that is inside a lot, locked; null when it is not. */
export async function lockOpenSession(
  { db, actor }: VerbTransaction,
  { lotId, plate }: { readonly lotId: Uuid; readonly plate: string },
): Promise<FoundSession | null> {
  const [found] = await db
    .select(columns)
    .from(parkingSessions)
    .innerJoin(parkingLots, eq(parkingLots.id, parkingSessions.parking_lot_id))
    .where(
      and(
        eq(parkingSessions.parking_lot_id, lotId),
        eq(parkingSessions.license_plate, plate),
        inArray(parkingSessions.status, [...INSIDE]),
        ownLots(actor),
      ),
    )
    .limit(1)
    .for("no key update", { of: parkingSessions });
  return found ?? null;
}
