import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DatabaseOrTransaction } from "../../db/database.ts";
import { auditLog } from "../../db/schema/access.ts";
import { alarms } from "../../db/schema/devices.ts";
import type { DevicesContext } from "./context.ts";

export interface DeviceAction {
  readonly operatorId: Uuid | null;
  readonly lotId: Uuid | null;
  readonly actor: { readonly kind: "user" | "device" | "system"; readonly id: string };
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Adds to the audit log who did, or tried, what to which device. */
export async function auditDeviceAction(
  tx: DatabaseOrTransaction,
  { clock }: Pick<DevicesContext, "clock">,
  { operatorId, lotId, actor, action, subject, details }: DeviceAction,
): Promise<void> {
  await tx.insert(auditLog).values({
    at: new Date(clock.wall()),
    operator_id: operatorId,
    lot_id: lotId,
    actor_kind: actor.kind,
    actor_id: actor.id.slice(0, 64),
    action,
    subject_kind: subject.kind,
    subject_id: subject.id.slice(0, 64),
    details: details ?? null,
  });
}

export interface DeviceAlarm {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly deviceId: Uuid | null;
  readonly code: string;
  readonly detail: string;
}

/** Raises an alarm that operators see. */
export async function raiseDeviceAlarm(
  tx: DatabaseOrTransaction,
  { clock, newId }: Pick<DevicesContext, "clock" | "newId">,
  { operatorId, lotId, deviceId, code, detail }: DeviceAlarm,
): Promise<void> {
  const at = new Date(clock.wall());
  await tx.insert(alarms).values({
    id: newId(),
    operator_id: operatorId,
    lot_id: lotId,
    device_id: deviceId,
    code,
    detail,
    at,
    received_at: at,
  });
}
