import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, desc, eq, isNull } from "drizzle-orm";
import { devices } from "../../db/schema/devices.ts";
import type { PresentedIdentity } from "./admit-connection.ts";
import type { DevicesContext } from "./context.ts";

export interface LotDevice extends PresentedIdentity {
  readonly isRevoked: boolean;
}

/** The edge that serves a lot, or served it last; null when none was ever enrolled, or the lot is another operator's. */
export async function deviceOfLot(
  { db }: Pick<DevicesContext, "db">,
  { operatorId, lotId }: { readonly operatorId: Uuid; readonly lotId: Uuid },
): Promise<LotDevice | null> {
  const [device] = await db
    .select()
    .from(devices)
    .where(and(eq(devices.lot_id, lotId), eq(devices.operator_id, operatorId)))
    // One that is in service comes first: enrolment revokes all others of the lot.
    .orderBy(desc(isNull(devices.revoked_at)), desc(devices.enrolled_at))
    .limit(1);
  return device ? { ...identityOf(device), isRevoked: device.revoked_at !== null } : null;
}

/** An edge in service with all its certificates that are good. */
export interface DeviceInService extends PresentedIdentity {
  /** A renewed one that it has not shown yet, or null. */
  readonly nextCertificateSerial: string | null;
}

/** All edges in service. */
export async function devicesInService({ db }: Pick<DevicesContext, "db">): Promise<readonly DeviceInService[]> {
  const rows = await db.select().from(devices).where(isNull(devices.revoked_at)).orderBy(devices.id);
  return rows.map((row) => ({ ...identityOf(row), nextCertificateSerial: row.next_certificate_serial }));
}

function identityOf(device: typeof devices.$inferSelect): PresentedIdentity {
  return {
    operatorId: device.operator_id,
    lotId: device.lot_id,
    deviceId: device.id,
    certificateSerial: device.certificate_serial,
  };
}
