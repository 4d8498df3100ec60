import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, isNull } from "drizzle-orm";
import { devices } from "../../db/schema/devices.ts";
import { notFound } from "../service-error.ts";
import type { DevicesContext } from "./context.ts";
import { tellHubs } from "./enrol.ts";
import { auditDeviceAction } from "./record-incident.ts";

export interface Revocation {
  readonly operatorId: Uuid;
  readonly deviceId: Uuid;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Ends a device's access: hubs cut its connection as soon as this commits and let it in no more. Its gates go on by
 * themselves. Throws `not_found` when the operator has no such device in service.
 */
export async function revokeDevice(context: DevicesContext, input: Revocation): Promise<void> {
  await context.db.transaction(async (tx) => {
    const mine = and(eq(devices.id, input.deviceId), eq(devices.operator_id, input.operatorId));
    const [revoked] = await tx
      .update(devices)
      .set({ revoked_at: new Date(context.realClock.wall()), revoked_reason: input.reason })
      .where(and(mine, isNull(devices.revoked_at)))
      .returning({ lotId: devices.lot_id });
    if (!revoked) throw notFound("device in service");
    await tellHubs(tx, input.deviceId);
    await auditDeviceAction(tx, context, {
      operatorId: input.operatorId,
      lotId: revoked.lotId,
      actor: { kind: "user", id: input.actor },
      action: "device.revoke",
      subject: { kind: "device", id: input.deviceId },
      details: { reason: input.reason },
    });
  });
}
