import { type WallMs, wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { eq } from "drizzle-orm";
import { devices } from "../../db/schema/devices.ts";
import { notFound, ServiceError } from "../service-error.ts";
import type { DevicesContext } from "./context.ts";
import { auditDeviceAction } from "./record-incident.ts";
import { APPROVAL_LIFE_MS } from "./renew.ts";

export interface RenewalApproval {
  readonly operatorId: Uuid;
  /** Null: all lots of the operator. */
  readonly lotIds: readonly Uuid[] | null;
  readonly deviceId: Uuid;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Lets a device whose certificate has expired renew it once, within a day; gives until when (real time, ms). It asks by
 * itself every few minutes. Throws `not_found` when the operator has no such device in service, and `conflict` when the
 * device has not asked: an approval in advance would be good for whoever holds its card.
 */
export async function approveRenewal(
  context: DevicesContext,
  { operatorId, lotIds, deviceId, actor, reason }: RenewalApproval,
): Promise<{ readonly until: WallMs }> {
  return context.db.transaction(async (tx) => {
    const [device] = await tx.select().from(devices).where(eq(devices.id, deviceId)).for("update");
    const isOwn = device?.operator_id === operatorId && (lotIds === null || lotIds.includes(device.lot_id));
    if (!device || !isOwn || device.revoked_at) throw notFound("device in service");
    if (device.renewal_asked_at === null)
      throw new ServiceError("conflict", "This device does not ask for a renewal that needs an approval.");
    const now = context.realClock.wall();
    await tx
      .update(devices)
      .set({ renewal_approved_at: new Date(now) })
      .where(eq(devices.id, deviceId));
    await auditDeviceAction(tx, context, {
      operatorId,
      lotId: device.lot_id,
      actor: { kind: "user", id: actor },
      action: "device.approve_renewal",
      subject: { kind: "device", id: deviceId },
      details: { reason, certificate: device.certificate_serial },
    });
    return { until: wallMs(now + APPROVAL_LIFE_MS) };
  });
}
