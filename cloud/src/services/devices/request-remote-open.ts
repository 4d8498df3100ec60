import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import type { Transaction } from "../../db/database.ts";
import { commands } from "../../db/schema/commands.ts";
import { deviceLinks, devices } from "../../db/schema/devices.ts";
import { lanes, parkingLots } from "../../db/schema/lots.ts";
import { sameHash } from "../api-tokens/token-text.ts";
import { claimKey, type KeyClaim, keepAnswer } from "../idempotency/claim-key.ts";
import { notFound, ServiceError } from "../service-error.ts";
import { COMMANDS_CHANNEL, type DevicesContext } from "./context.ts";
import { auditDeviceAction } from "./record-incident.ts";

/** How long an open may still act after it was asked for; well under COMMAND_MAX_LIFE_MS. Real time. */
const REMOTE_OPEN_LIFE_MS = 10_000;
const NONCE_BYTES = 16;
const REASON_MAX = 256;

export interface RemoteOpen {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly laneId: Uuid;
  readonly actor: string;
  /** Why a person opens it, 1 to 256 characters. */
  readonly reason: string;
  /** The caller's Idempotency-Key: repeated with it, a request is answered with the first one's command. */
  readonly claim?: KeyClaim;
}

const ACCEPTED = 202;
const keptCommand = z.object({ command_id: z.string() });

/**
 * Asks a lot's edge to open a lane. The gate has opened only when its result says so (`awaitCommandResult`).
 * Throws `invalid` without a reason, `not_found`, `unavailable` when the lot is not connected.
 */
export async function requestRemoteOpen(
  context: DevicesContext,
  input: RemoteOpen,
): Promise<{ readonly commandId: Uuid }> {
  const reason = input.reason.trim();
  if (reason === "" || reason.length > REASON_MAX)
    throw new ServiceError("invalid", `Say in 1 to ${REASON_MAX} characters why the lane is opened.`);
  return context.db.transaction(async (tx) => {
    const earlier = input.claim ? await earlierCommand(tx, input.claim) : null;
    if (earlier !== null) return { commandId: earlier };
    const commandId = context.newId();
    const deviceId = await findEdge(tx, input);
    const issuedAt = context.realClock.wall();
    await tx.insert(commands).values({
      id: commandId,
      operator_id: input.operatorId,
      lot_id: input.lotId,
      device_id: deviceId,
      lane_id: input.laneId,
      action: "open",
      actor: input.actor,
      reason,
      nonce: Buffer.from(context.random.bytes(NONCE_BYTES)).toString("base64url"),
      issued_at: new Date(issuedAt),
      not_after: new Date(issuedAt + REMOTE_OPEN_LIFE_MS),
    });
    await auditDeviceAction(tx, context, {
      operatorId: input.operatorId,
      lotId: input.lotId,
      actor: { kind: "user", id: input.actor },
      action: "lane.remote_open",
      subject: { kind: "lane", id: input.laneId },
      details: { command_id: commandId, reason },
    });
    const told = JSON.stringify({ id: commandId, device_id: deviceId });
    await tx.execute(sql`SELECT pg_notify(${COMMANDS_CHANNEL}, ${told})`);
    if (input.claim)
      await keepAnswer(tx, input.claim, { status: ACCEPTED, headers: {}, body: { command_id: commandId } });
    return { commandId };
  });
}

async function earlierCommand(tx: Transaction, claim: KeyClaim): Promise<Uuid | null> {
  const earlier = await claimKey(tx, claim);
  if (earlier === null) return null;
  if (sameHash(earlier.requestHash, claim.requestHash)) return keptCommand.parse(earlier.body).command_id;
  throw new ServiceError("invalid", "This Idempotency-Key was used for another request; take a new one.");
}

async function findEdge(tx: Transaction, { operatorId, lotId, laneId }: RemoteOpen): Promise<Uuid> {
  const [lane] = await tx
    .select({ id: lanes.id })
    .from(lanes)
    .innerJoin(parkingLots, eq(parkingLots.id, lanes.parking_lot_id))
    .where(and(eq(lanes.id, laneId), eq(parkingLots.id, lotId), eq(parkingLots.operator_id, operatorId)));
  if (!lane) throw notFound("lane");
  const [edge] = await tx
    .select({ id: devices.id })
    .from(devices)
    .innerJoin(deviceLinks, eq(deviceLinks.device_id, devices.id))
    .where(and(eq(devices.lot_id, lotId), isNull(devices.revoked_at), eq(deviceLinks.connected, true)));
  if (edge) return edge.id;
  throw new ServiceError("unavailable", "The lot is not connected. Open the lane at the lot itself.");
}
