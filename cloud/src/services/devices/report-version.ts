import { PROTOCOL_OLDEST, PROTOCOL_VERSION } from "@gatehouse/shared/contracts/mqtt/protocol.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, gt } from "drizzle-orm";
import { alarms } from "../../db/schema/devices.ts";
import type { DevicesContext } from "./context.ts";
import { raiseDeviceAlarm } from "./record-incident.ts";

const CODE = "device_version_unsupported";
/** An edge asks again each minute; its operator is told once in this time. */
const ALARM_EVERY_MS = DAY_MS;

/** Tells the operator that device and hub have no protocol version in common; gates go on meanwhile (SYNC-16). */
export async function reportVersion(
  context: Pick<DevicesContext, "db" | "clock" | "newId">,
  device: { readonly operatorId: Uuid; readonly lotId: Uuid; readonly deviceId: Uuid },
  version: number,
): Promise<void> {
  const { db, clock } = context;
  const since = new Date(clock.wall() - ALARM_EVERY_MS);
  const told = and(eq(alarms.lot_id, device.lotId), eq(alarms.device_id, device.deviceId), eq(alarms.code, CODE));
  const [recent] = await db
    .select({ id: alarms.id })
    .from(alarms)
    .where(and(told, gt(alarms.at, since)))
    .limit(1);
  if (recent) return;
  const range = `This hub reads protocol versions ${PROTOCOL_OLDEST} to ${PROTOCOL_VERSION}`;
  const detail = `${range}; the lot's edge speaks ${version}. Update the older one. The gates go on meanwhile.`;
  await raiseDeviceAlarm(db, context, { ...device, code: CODE, detail });
}
