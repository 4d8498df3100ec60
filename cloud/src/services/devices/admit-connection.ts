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
  /** The device was enrolled anew since: this certificate belongs to an older card or a copy of it. */
  | "certificate_superseded";

/** Whether a device with a certificate of ours may connect now; null when it may. */
export async function refusalOfConnection(
  { db }: Pick<DevicesContext, "db">,
  presented: PresentedIdentity,
): Promise<ConnectionRefusal | null> {
  const [device] = await db.select().from(devices).where(eq(devices.id, presented.deviceId));
  if (device?.lot_id !== presented.lotId || device.operator_id !== presented.operatorId) return "device_unknown";
  if (device.revoked_at) return "device_revoked";
  return device.certificate_serial === presented.certificateSerial ? null : "certificate_superseded";
}
