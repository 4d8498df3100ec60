import type { LaneDirection, SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { areas, lanes, parkingLots } from "../../db/schema/lots.ts";
import { parkingSpots } from "../../db/schema/spots.ts";
import { assertMay } from "../access.ts";
import { appendAudit } from "../audit/append.ts";
import { recordReplicaChanges } from "../replica/record-change.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";

export interface NewLot {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly code: string;
  readonly name: string;
  readonly address: string | null;
  readonly areas: readonly { readonly id: Uuid; readonly code: string; readonly name: string }[];
  readonly spots: readonly {
    readonly id: Uuid;
    readonly spot_number: string;
    readonly type: SpotType;
    /** Code of an area of this lot. */
    readonly area: string | null;
  }[];
  readonly lanes: readonly {
    readonly id: Uuid;
    readonly code: string;
    readonly name: string;
    readonly direction: LaneDirection;
  }[];
  /** Time zone and currency of the lot are the policy's. */
  readonly policy: LotPolicy;
}

/** Rows of one INSERT: Postgres takes at most 65,535 parameters in a statement. */
const ROWS_AT_ONCE = 5_000;

/**
 * Makes a lot with its areas, spots and lanes, and brings its policy into the replica. Throws `forbidden`, `invalid`
 * when the policy tells of another lot or a spot of an unknown area, `conflict` when the id or code is taken.
 */
export async function createLot(context: VerbContext, lot: NewLot): Promise<void> {
  assertMay(context.actor, "lots.write");
  if (context.actor.kind === "token" && context.actor.operatorId !== lot.operatorId)
    throw new ServiceError("forbidden", "A lot can be made only for your own operator.");
  checkPolicy(lot);
  await inTransaction(context, async (inside) => {
    await insertLot(inside, lot);
    await insertAreas(inside, lot);
    await insertSpots(inside, lot);
    await insertLanes(inside, lot);
    await appendAudit(inside, {
      action: "lot.created",
      operatorId: lot.operatorId,
      lotId: lot.lotId,
      subject: { kind: "lot", id: lot.lotId },
      details: { code: lot.code, spots: lot.spots.length, lanes: lot.lanes.length },
    });
    await recordReplicaChanges(inside.db, lot.lotId, [{ op: "put", collection: "lot", value: lot.policy }]);
  });
}

function checkPolicy({ lotId, lanes: own, policy }: NewLot): void {
  if (policy.lot_id !== lotId)
    throw new ServiceError("invalid", "The policy names another lot than the one to be made.");
  const known = new Set(own.map((lane) => lane.id));
  const stranger = policy.lanes.find((lane) => !known.has(lane.lane_id));
  if (stranger)
    throw new ServiceError("invalid", `The policy names the lane ${stranger.code}, which the lot doesn't have.`);
}

async function insertLot({ db, now }: VerbTransaction, lot: NewLot): Promise<void> {
  const made = await db
    .insert(parkingLots)
    .values({
      id: lot.lotId,
      operator_id: lot.operatorId,
      code: lot.code,
      name: lot.name,
      address: lot.address,
      total_spots: lot.spots.length,
      time_zone: lot.policy.time_zone,
      currency: lot.policy.currency,
      policy: lot.policy,
      policy_version: lot.policy.version,
      created_at: now,
      updated_at: now,
    })
    .onConflictDoNothing()
    .returning({ id: parkingLots.id });
  if (made.length === 0)
    throw new ServiceError("conflict", `A lot with this id, or with the code ${lot.code}, is there already.`);
}

async function insertAreas({ db, now }: VerbTransaction, lot: NewLot): Promise<void> {
  if (lot.areas.length === 0) return;
  const times = { created_at: now, updated_at: now };
  await db.insert(areas).values(lot.areas.map((area) => ({ ...area, parking_lot_id: lot.lotId, ...times })));
}

async function insertSpots({ db, now }: VerbTransaction, lot: NewLot): Promise<void> {
  const areaIds = new Map(lot.areas.map((area) => [area.code, area.id]));
  const rows = lot.spots.map((spot) => ({
    id: spot.id,
    parking_lot_id: lot.lotId,
    area_id: spot.area === null ? null : areaId(areaIds, spot.area),
    spot_number: spot.spot_number,
    type: spot.type,
    status: "available",
    created_at: now,
    updated_at: now,
  }));
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await db.insert(parkingSpots).values(rows.slice(from, from + ROWS_AT_ONCE));
  }
}

function areaId(areaIds: ReadonlyMap<string, Uuid>, code: string): Uuid {
  const id = areaIds.get(code);
  if (id === undefined)
    throw new ServiceError("invalid", `A spot lies in the area ${code}, which the lot doesn't have.`);
  return id;
}

async function insertLanes({ db, now }: VerbTransaction, lot: NewLot): Promise<void> {
  const times = { created_at: now, updated_at: now };
  await db.insert(lanes).values(lot.lanes.map((lane) => ({ ...lane, parking_lot_id: lot.lotId, ...times })));
}
