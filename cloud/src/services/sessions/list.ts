import type { SessionStatus } from "@gatehouse/shared/contracts/primitives.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { parkingLots } from "../../db/schema/lots.ts";
import { parkingSessions } from "../../db/schema/sessions.ts";
import { assertMay } from "../access.ts";
import { ownLots } from "../lots/find-lot.ts";
import type { VerbContext } from "../verb-context.ts";
import type { SessionRow } from "./session.ts";

export interface SessionPage {
  readonly lotId: Uuid | null;
  readonly status: SessionStatus | null;
  readonly licensePlate: string | null;
  readonly limit: number;
  /** Entry time and id of the last session of the page before; null for the first page. */
  readonly after: { readonly entryTime: Date; readonly id: Uuid } | null;
}

/** Sessions that the actor may see, newest entry first. A lot of somebody else gives an empty page, as an absent one does. */
export async function listSessions({ db, actor }: VerbContext, page: SessionPage): Promise<readonly SessionRow[]> {
  assertMay(actor, "sessions.read");
  return db
    .select(getTableColumns(parkingSessions))
    .from(parkingSessions)
    .innerJoin(parkingLots, eq(parkingLots.id, parkingSessions.parking_lot_id))
    .where(and(ownLots(actor), ...filters(page)))
    .orderBy(desc(parkingSessions.entry_time), desc(parkingSessions.id))
    .limit(page.limit);
}

function filters({ lotId, status, licensePlate, after }: SessionPage): (SQL | undefined)[] {
  return [
    lotId === null ? undefined : eq(parkingSessions.parking_lot_id, lotId),
    status === null ? undefined : eq(parkingSessions.status, status),
    // A text that names no plate finds none.
    licensePlate === null ? undefined : eq(parkingSessions.license_plate, normalisePlate(licensePlate) ?? ""),
    after === null
      ? undefined
      : sql`(${parkingSessions.entry_time}, ${parkingSessions.id}) < (${after.entryTime.toISOString()}::timestamptz, ${after.id}::uuid)`,
  ];
}
