import type { EdgeStanding } from "@gatehouse/shared/contracts/mqtt/link.ts";
import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import { deadLetters, deviceLinks, deviceStreams, devices, type StreamStop } from "../../db/schema/devices.ts";
import { parkingLots } from "../../db/schema/lots.ts";
import { replicaHeads } from "../../db/schema/replica.ts";
import type { DevicesContext } from "./context.ts";
import { APPROVAL_LIFE_MS } from "./renew.ts";

export interface DeviceState {
  readonly deviceId: Uuid;
  readonly lotId: Uuid;
  readonly lotName: string;
  readonly timeZone: string;
  readonly serial: string;
  readonly revokedAt: Date | null;
  readonly certificateNotAfter: Date;
  /** Since when it waits for an approval of its renewal, and has none. */
  readonly renewalAskedAt: Date | null;
  readonly epoch: number;
  readonly cursor: number;
  /** H(cursor), hex. */
  readonly hash: string;
  /** When the stream last changed: events of it were committed, or it was set apart or released. */
  readonly streamChangedAt: Date;
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
  /** What it last said of itself, and when by its own clock; null before. */
  readonly standing: EdgeStanding | null;
  readonly standingAt: Date | null;
  /** The version of the replica that the edge was last known to hold. */
  readonly replicaVersion: number | null;
  /** The version that its lot's data have in the cloud; null while there are none. */
  readonly replicaHead: number | null;
  readonly agentVersion: string | null;
}

/** The operator's devices with their connection and how far their events have come, in the order of their lots. */
export async function listDevices(
  { db, realClock }: Pick<DevicesContext, "db" | "realClock">,
  { operatorId, lotIds }: { readonly operatorId: Uuid; readonly lotIds?: readonly Uuid[] },
): Promise<readonly DeviceState[]> {
  const ofLots = lotIds ? inArray(devices.lot_id, [...lotIds]) : undefined;
  const rows = await db
    .select({
      deviceId: devices.id,
      lotId: devices.lot_id,
      lotName: parkingLots.name,
      timeZone: parkingLots.time_zone,
      serial: devices.serial,
      revokedAt: devices.revoked_at,
      certificateNotAfter: devices.certificate_not_after,
      renewalAskedAt: devices.renewal_asked_at,
      renewalApprovedAt: devices.renewal_approved_at,
      epoch: deviceStreams.epoch,
      cursor: deviceStreams.cursor,
      hash: deviceStreams.hash,
      streamChangedAt: deviceStreams.updated_at,
      forkedAt: deviceStreams.forked_at,
      stoppedFor: deviceStreams.stopped_for,
      epochDue: deviceStreams.epoch_due,
      deadLetters: db.$count(deadLetters, and(eq(deadLetters.device_id, devices.id), isNull(deadLetters.settled_at))),
      connected: deviceLinks.connected,
      since: deviceLinks.since,
      lastSeenAt: deviceLinks.last_seen_at,
      linkState: deviceLinks.link_state,
      outboxPending: deviceLinks.outbox_pending,
      standing: deviceLinks.standing,
      standingAt: deviceLinks.telemetry_at,
      replicaVersion: deviceLinks.replica_version,
      replicaHead: replicaHeads.version,
      agentVersion: deviceLinks.agent_version,
    })
    .from(devices)
    .innerJoin(deviceStreams, eq(deviceStreams.device_id, devices.id))
    .innerJoin(deviceLinks, eq(deviceLinks.device_id, devices.id))
    .innerJoin(parkingLots, eq(parkingLots.id, devices.lot_id))
    .leftJoin(replicaHeads, eq(replicaHeads.lot_id, devices.lot_id))
    .where(and(eq(devices.operator_id, operatorId), ofLots))
    .orderBy(asc(devices.lot_id), asc(devices.enrolled_at));
  const approvedSince = realClock.wall() - APPROVAL_LIFE_MS;
  return rows.map(({ renewalApprovedAt, ...row }) => {
    const isApproved = renewalApprovedAt !== null && renewalApprovedAt.getTime() > approvedSince;
    return { ...row, renewalAskedAt: isApproved ? null : row.renewalAskedAt };
  });
}
