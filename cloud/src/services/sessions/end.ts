import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, desc, eq } from "drizzle-orm";
import { parkingSessions } from "../../db/schema/sessions.ts";
import { publishEvents } from "../../events/publish.ts";
import { appendAudit } from "../audit/append.ts";
import { findLot } from "../lots/find-lot.ts";
import { ServiceError } from "../service-error.ts";
import { inTransaction, type VerbContext, type VerbTransaction } from "../verb-context.ts";
import { checkLane } from "./check-lane.ts";
import { exitEvent } from "./events.ts";
import { sessionFee } from "./fee.ts";
import { type FoundSession, lockOpenSession, lockSession } from "./find-session.ts";
import type { SessionRow } from "./session.ts";

export interface EndSession {
  readonly sessionId: Uuid;
  readonly exitTime: Date;
  /** Refuse when the session has changed since this version; null takes it as it is. */
  readonly ifVersion: number | null;
}

export interface ReportExit {
  readonly lotId: Uuid;
  readonly licensePlate: string;
  readonly exitTime: Date;
  readonly laneId: Uuid | null;
}

/**
 * Ends a session by hand: its fee, audit row and `parking.exits` event. One that is closed already is given back as it is.
 * Throws `forbidden`, `not_found`, `stale`, `invalid` (an exit before the entry), `conflict` (voided).
 */
export function endSession(context: VerbContext, request: EndSession): Promise<SessionRow> {
  return inTransaction(context, async (inside) => {
    const session = await lockSession(inside, "sessions.write", request.sessionId);
    if (request.ifVersion !== null && request.ifVersion !== session.version)
      throw new ServiceError("stale", "The session has changed since you read it; read it again.");
    if (session.status === "voided")
      throw new ServiceError("conflict", "The session was voided: the vehicle never came in.");
    if (session.status === "closed") return session;
    return close(inside, session, { exitTime: request.exitTime, laneId: null, reason: "operator" });
  });
}

/**
 * A vehicle left: finds its session by plate and ends it. The same exit told again (lot, plate, time) gives the session
 * that it ended. Throws `forbidden`, `not_found` (no such lot, or the plate is not inside), `invalid`.
 */
export async function reportExit(context: VerbContext, request: ReportExit): Promise<SessionRow> {
  const lot = await findLot(context, "vehicles.report", request.lotId);
  const plate = normalisePlate(request.licensePlate);
  if (plate === null) throw new ServiceError("invalid", "license_plate names no plate: give its letters and digits.");
  return inTransaction(context, async (inside) => {
    await checkLane(inside, { ...request, field: "exit_point_id" });
    const session = await lockOpenSession(inside, { lotId: lot.id, plate });
    if (session && session.entry_time <= request.exitTime) {
      return close(inside, session, { exitTime: request.exitTime, laneId: request.laneId, reason: "exit" });
    }
    const told = await endedAt(inside, { lotId: lot.id, plate, exitTime: request.exitTime });
    if (told) return told;
    throw new ServiceError("not_found", "There is no open session of this plate in this lot.");
  });
}

interface Closing {
  readonly exitTime: Date;
  readonly laneId: Uuid | null;
  readonly reason: "exit" | "operator";
}

async function close(inside: VerbTransaction, session: FoundSession, closing: Closing): Promise<SessionRow> {
  const { exitTime, laneId, reason } = closing;
  if (exitTime < session.entry_time) throw new ServiceError("invalid", "The exit lies before the session's entry.");
  const { feeMinor, owedMinor } = await sessionFee(inside.db, session, exitTime);
  const [closed] = await inside.db
    .update(parkingSessions)
    .set({
      status: "closed",
      close_reason: reason,
      exit_time: exitTime,
      exit_lane_id: laneId,
      fee_minor: feeMinor,
      debt_minor: owedMinor,
      version: session.version + 1,
      updated_at: inside.now,
    })
    .where(and(eq(parkingSessions.parking_lot_id, session.parking_lot_id), eq(parkingSessions.id, session.id)))
    .returning();
  if (!closed) throw new ServiceError("not_found", "The session is gone.");
  await appendAudit(inside, {
    action: "session.ended",
    operatorId: session.operator_id,
    lotId: session.parking_lot_id,
    subject: { kind: "session", id: session.id },
    details: { reason, fee_minor: feeMinor, debt_minor: owedMinor },
  });
  const events = [exitEvent(closed, { exitTime, laneId })];
  await publishEvents(inside.db, { lotId: session.parking_lot_id, events, at: wallMs(inside.now.getTime()) });
  return closed;
}

async function endedAt(
  { db }: VerbTransaction,
  { lotId, plate, exitTime }: { lotId: Uuid; plate: string; exitTime: Date },
): Promise<SessionRow | null> {
  const [found] = await db
    .select()
    .from(parkingSessions)
    .where(
      and(
        eq(parkingSessions.parking_lot_id, lotId),
        eq(parkingSessions.license_plate, plate),
        eq(parkingSessions.exit_time, exitTime),
        eq(parkingSessions.status, "closed"),
      ),
    )
    .orderBy(desc(parkingSessions.entry_time))
    .limit(1);
  return found ?? null;
}
