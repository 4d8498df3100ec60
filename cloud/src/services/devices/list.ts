import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { deadLetters, deviceLinks, deviceStreams, devices, type StreamStop } from "../../db/schema/devices.ts";
import type { DevicesContext } from "./context.ts";

export interface DeviceState {
  readonly deviceId: Uuid;
  readonly lotId: Uuid;
  readonly serial: string;
  readonly revokedAt: Date | null;
  readonly certificateNotAfter: Date;
  readonly epoch: number;
  readonly cursor: number;
  /** When it was set apart; null while its stream flows. */
  readonly forkedAt: Date | null;
  readonly stoppedFor: StreamStop | null;
  /** It was given this epoch and has not been heard in it yet. */
  readonly epochDue: boolean;
  /** Events of it that could not be applied and that nobody has dealt with. */
  readonly deadLetters: number;
  readonly connected: boolean;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly linkState: LinkState;
  readonly outboxPending: number | null;
  /** The version of the replica that the edge was last known to hold. */
  readonly replicaVersion: number | null;
  readonly agentVersion: string | null;
}

/** The operator's devices with their connection and how far their events have come, in the order of their lots. */
export async function listDevices(
  { db }: Pick<DevicesContext, "db">,
  { operatorId, lotIds }: { readonly operatorId: Uuid; readonly lotIds?: readonly Uuid[] },
): Promise<readonly DeviceState[]> {
  const ofLots = lotIds ? inArray(devices.lot_id, [...lotIds]) : undefined;
  const rows = await db
    .select({
      deviceId: devices.id,
      lotId: devices.lot_id,
      serial: devices.serial,
      revokedAt: devices.revoked_at,
      certificateNotAfter: devices.certificate_not_after,
      epoch: deviceStreams.epoch,
      cursor: deviceStreams.cursor,
      forkedAt: deviceStreams.forked_at,
      stoppedFor: deviceStreams.stopped_for,
      epochDue: deviceStreams.epoch_due,
      deadLetters: db.$count(deadLetters, and(eq(deadLetters.device_id, devices.id), isNull(deadLetters.settled_at))),
      connected: deviceLinks.connected,
      since: deviceLinks.since,
      lastSeenAt: deviceLinks.last_seen_at,
      linkState: deviceLinks.link_state,
      outboxPending: deviceLinks.outbox_pending,
      replicaVersion: deviceLinks.replica_version,
      agentVersion: deviceLinks.agent_version,
    })
    .from(devices)
    .innerJoin(deviceStreams, eq(deviceStreams.device_id, devices.id))
    .innerJoin(deviceLinks, eq(deviceLinks.device_id, devices.id))
    .where(and(eq(devices.operator_id, operatorId), ofLots))
    .orderBy(asc(devices.lot_id), asc(devices.enrolled_at));
  return rows;
}
