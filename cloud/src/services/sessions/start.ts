import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, inArray } from "drizzle-orm";
import { parkingSessions } from "../../db/schema/sessions.ts";
import type { BusEvent } from "../../events/publish.ts";
import { publishEvents } from "../../events/publish.ts";
import type { Permission } from "../access.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot, type LotRow } from "../lots/find-lot.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { checkLane } from "./check-lane.ts";
import { entryEvent, exitEvent } from "./events.ts";
import { permitOf, tariffInForce } from "./rights.ts";
import { INSIDE, type SessionRow } from "./session.ts";

export interface StartSession {
  readonly lotId: Uuid;
  /** As a camera or a person wrote it. */
  readonly licensePlate: string;
  readonly entryTime: Date;
  readonly laneId: Uuid | null;
  readonly spotType: SpotType;
  /** The plate is inside already: `refuse`, or close the old session, as a gate does that has seen the vehicle enter again. */
  readonly whenInside: "refuse" | "supersede";
}

export interface StartedSession {
  readonly session: SessionRow;
  /** False when this very entry had been told before. */
  readonly created: boolean;
}

/** An entry further ahead of our clock than this is a mistake of the sender's clock. */
const MAX_AHEAD_MS = 5 * 60_000;
/** An entry further back is one too, such as a clock in 1970; no stay is priced over years. */
const MAX_BACK_MS = 366 * DAY_MS;

/**
 * Starts a session with its audit row and its `parking.entries` event. The same entry told again (lot, plate, time) gives
 * the session that it made. Throws `forbidden`, `not_found`, `invalid`, `conflict` (the plate is inside already).
 */
export async function startSession(
  context: VerbContext,
  permission: Permission,
  request: StartSession,
): Promise<StartedSession> {
  const lot = await findLot(context, permission, request.lotId);
  const plate = normalisePlate(request.licensePlate);
  if (plate === null) throw new ServiceError("invalid", "license_plate names no plate: give its letters and digits.");
  if (request.entryTime.getTime() > context.clock.wall() + MAX_AHEAD_MS)
    throw new ServiceError("invalid", "The entry lies in the future; check the sender's clock.");
  if (request.entryTime.getTime() < context.clock.wall() - MAX_BACK_MS)
    throw new ServiceError("invalid", "The entry lies more than a year back; check the sender's clock.");
  return inTransaction(context, async (inside) => {
    await checkLane(inside, { ...request, field: "entry_point_id" });
    return openSession(inside, lot, { ...request, plate });
  });
}

type CheckedStart = StartSession & { readonly plate: string };

async function openSession(inside: VerbTransaction, lot: LotRow, start: CheckedStart): Promise<StartedSession> {
  const events: BusEvent[] = [];
  const earlier = await lockInside(inside, start);
  if (earlier) {
    if (earlier.entry_time.getTime() === start.entryTime.getTime()) return { session: earlier, created: false };
    if (start.whenInside === "refuse" || start.entryTime < earlier.entry_time)
      throw new ServiceError("conflict", "This plate is inside the lot already; end its session first.");
    events.push(await supersede(inside, earlier, start.entryTime));
  }
  const session = await insertSession(inside, lot, start);
  await appendAudit(inside, {
    action: "session.started",
    operatorId: lot.operator_id,
    lotId: lot.id,
    subject: { kind: "session", id: session.id },
    details: { superseded: earlier?.id ?? null },
  });
  events.push(entryEvent(session));
  await publishEvents(inside.db, { lotId: lot.id, events, at: wallMs(inside.now.getTime()) });
  return { session, created: true };
}

async function lockInside({ db }: VerbTransaction, { lotId, plate }: CheckedStart): Promise<SessionRow | null> {
  const [found] = await db
    .select()
    .from(parkingSessions)
    .where(
      and(
        eq(parkingSessions.parking_lot_id, lotId),
        eq(parkingSessions.license_plate, plate),
        inArray(parkingSessions.status, [...INSIDE]),
      ),
    )
    .for("no key update");
  return found ?? null;
}

/** Nobody saw the vehicle leave, so its exit time is not known and nothing is charged for it here. */
async function supersede({ db, now }: VerbTransaction, earlier: SessionRow, at: Date): Promise<BusEvent> {
  const [closed] = await db
    .update(parkingSessions)
    .set({
      status: "closed",
      close_reason: "superseded",
      exit_time: at,
      fee_minor: 0,
      version: earlier.version + 1,
      updated_at: now,
    })
    .where(and(eq(parkingSessions.parking_lot_id, earlier.parking_lot_id), eq(parkingSessions.id, earlier.id)))
    .returning();
  return exitEvent(closed ?? earlier, { exitTime: at, laneId: null });
}

async function insertSession(
  { db, now, newId }: VerbTransaction,
  lot: LotRow,
  start: CheckedStart,
): Promise<SessionRow> {
  const { lotId, plate, entryTime } = start;
  const tariff = tariffInForce(lot, entryTime);
  const permitId = await permitOf(db, { lotId, plate, at: entryTime });
  const [row] = await db
    .insert(parkingSessions)
    .values({
      parking_lot_id: lotId,
      id: newId(),
      license_plate: plate,
      kind: permitId === null ? "transient" : "permit",
      permit_id: permitId,
      spot_type: start.spotType,
      entry_time: entryTime,
      entry_lane_id: start.laneId,
      status: "open",
      tariff_id: tariff?.id ?? null,
      tariff_version: tariff?.version ?? null,
      currency: lot.currency,
      origin: "cloud",
      created_at: now,
      updated_at: now,
    })
    .onConflictDoNothing()
    .returning();
  // Another transaction opened one for this plate between our look and our insert.
  if (!row)
    throw new ServiceError("conflict", "This plate entered the lot at the same moment; send the request again.");
  return row;
}
