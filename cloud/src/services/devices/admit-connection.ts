import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { eq } from "drizzle-orm";
import { devices } from "../../db/schema/devices.ts";
import type { DevicesContext } from "./context.ts";

export interface PresentedIdentity {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly deviceId: Uuid;
  readonly certificateSerial: string;
}

export type ConnectionRefusal =
  /** No such device, or its certificate names another lot or operator than it was enrolled for. */
  | "device_unknown"
  | "device_revoked"
  /** The device was enrolled anew or its certificate renewed since: this one belongs to an older card or a copy of it. */
  | "certificate_superseded";

/** Whether a device with a certificate of ours may connect now; null when it may. */
export async function refusalOfConnection(
  { db }: Pick<DevicesContext, "db">,
  presented: PresentedIdentity,
): Promise<ConnectionRefusal | null> {
  const [device] = await db.select().from(devices).where(eq(devices.id, presented.deviceId));
  return refusalOf(device, presented);
}

/** What is wrong with a certificate of ours, going by the device's row; null when it is good. */
export function refusalOf(
  device: typeof devices.$inferSelect | undefined,
  { operatorId, lotId, certificateSerial }: PresentedIdentity,
): ConnectionRefusal | null {
  if (device?.lot_id !== lotId || device.operator_id !== operatorId) return "device_unknown";
  if (device.revoked_at) return "device_revoked";
  const inForce = [device.certificate_serial, device.next_certificate_serial];
  return inForce.includes(certificateSerial) ? null : "certificate_superseded";
}
