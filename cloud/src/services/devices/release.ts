import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq } from "drizzle-orm";
import { deviceStreams, devices } from "../../db/schema/devices.ts";
import { notFound, ServiceError } from "../service-error.ts";
import type { DevicesContext } from "./context.ts";
import { tellHubs } from "./enrol.ts";
import { auditDeviceAction } from "./record-incident.ts";
import { UNHEARD_STREAM } from "./unheard-stream.ts";

export interface Release {
  readonly operatorId: Uuid;
  /** Null: all lots of the operator. */
  readonly lotIds: readonly Uuid[] | null;
  readonly deviceId: Uuid;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Lets a device that was set apart go on in a new epoch, which it is told of at its next hello (SYNC-08). What it sends
 * again of what the cloud has changes nothing. Gives the epoch; a device that flows keeps its own, so a repeat is harmless.
 * Throws `not_found` when the operator has no such device in service, and `conflict` for a device that runs twice: only a
 * new enrolment tells the right one from its copy.
 */
export async function releaseDevice(context: DevicesContext, input: Release): Promise<{ readonly epoch: number }> {
  return context.db.transaction(async (tx) => {
    const [held] = await tx
      .select({ stream: deviceStreams, revokedAt: devices.revoked_at })
      .from(deviceStreams)
      .innerJoin(devices, eq(devices.id, deviceStreams.device_id))
      .where(and(eq(devices.id, input.deviceId), eq(devices.operator_id, input.operatorId)))
      .for("update");
    if (!held || held.revokedAt || !isOwn(input, held.stream.lot_id)) throw notFound("device in service");
    const { stream } = held;
    if (stream.forked_at === null) return { epoch: stream.epoch };
    if (stream.stopped_for === "clone") throw new ServiceError("conflict", CLONE_ADVICE);
    const epoch = stream.epoch + 1;
    await tx
      .update(deviceStreams)
      .set({ ...UNHEARD_STREAM, epoch, epoch_due: true, updated_at: new Date(context.clock.wall()) })
      .where(eq(deviceStreams.device_id, input.deviceId));
    await tellHubs(tx, input.deviceId);
    await auditDeviceAction(tx, context, {
      operatorId: input.operatorId,
      lotId: stream.lot_id,
      actor: { kind: "user", id: input.actor },
      action: "device.release",
      subject: { kind: "device", id: input.deviceId },
      details: { reason: input.reason, stopped_for: stream.stopped_for, epoch },
    });
    return { epoch };
  });
}

const CLONE_ADVICE =
  "Two computers run with this device's identity. Switch the wrong one off and enrol the right one anew: that shuts the copy out.";

function isOwn({ lotIds }: Release, lotId: Uuid): boolean {
  return lotIds === null || lotIds.includes(lotId);
}
