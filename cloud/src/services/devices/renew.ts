import type { RenewalRefusal } from "@gatehouse/shared/contracts/http/device-renewal.ts";
import { DAY_MS } from "@gatehouse/shared/kit/durations.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../../db/database.ts";
import { devices } from "../../db/schema/devices.ts";
import { type PresentedIdentity, refusalOf } from "./admit-connection.ts";
import { type EnrolContext, tellHubs } from "./enrol.ts";
import { auditDeviceAction, raiseDeviceAlarm } from "./record-incident.ts";

/** An operator's word for a device that comes back with an expired certificate holds this long. */
export const APPROVAL_LIFE_MS = DAY_MS;
/** Devices ask at two thirds of a certificate's life; before a half nobody needs another one. */
const NOT_BEFORE_SHARE = 0.5;

/** A certificate of ours that a device has shown in a TLS handshake, so it holds the key. Real time, ms. */
export interface PresentedCertificate extends PresentedIdentity {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface RenewedCertificate {
  readonly pem: string;
  readonly notAfter: number;
}

type Device = typeof devices.$inferSelect;

/**
 * Gives a device its next certificate. It and the one that was shown are both good until the new one is shown
 * (`useRenewed`), so that a lost answer or a power cut on either side shuts nobody out; a repeat replaces what was given
 * before. One that has expired is renewed only when an operator has approved it, once. Throws `csr_invalid`.
 */
export async function renewCertificate(
  context: EnrolContext,
  shown: PresentedCertificate,
  csr: string,
): Promise<Result<RenewedCertificate, RenewalRefusal>> {
  return context.db.transaction(async (tx) => {
    const device = await lockDevice(tx, shown);
    const refusal = refusalOf(device, shown);
    if (refusal !== null || !device) return err(refusal ?? "device_unknown");
    const now = context.realClock.wall();
    if (now >= shown.notAfter && !isApproved(device, now)) {
      await askOperator(tx, context, device);
      return err("renewal_awaits_approval");
    }
    if (now < shown.notBefore + NOT_BEFORE_SHARE * (shown.notAfter - shown.notBefore)) return err("renewal_not_due");
    return ok(await issueNext(tx, context, { shown, csr }));
  });
}

/** The device has shown its renewed certificate: the one before it is no longer good. A repeat changes nothing. */
export async function useRenewed(
  context: Pick<EnrolContext, "db" | "clock">,
  shown: PresentedCertificate,
): Promise<Result<void, RenewalRefusal>> {
  return context.db.transaction(async (tx) => {
    const device = await lockDevice(tx, shown);
    const refusal = refusalOf(device, shown);
    if (refusal !== null || !device) return err(refusal ?? "device_unknown");
    if (device.certificate_serial === shown.certificateSerial) return ok(undefined);
    await tx
      .update(devices)
      .set({
        certificate_serial: shown.certificateSerial,
        certificate_not_after: new Date(shown.notAfter),
        next_certificate_serial: null,
        next_certificate_not_after: null,
      })
      .where(eq(devices.id, device.id));
    await tellHubs(tx, device.id);
    await audit(tx, context, { device, action: "device.certificate_in_use", serial: shown.certificateSerial });
    return ok(undefined);
  });
}

async function lockDevice(tx: Transaction, { deviceId }: PresentedIdentity): Promise<Device | undefined> {
  const [device] = await tx.select().from(devices).where(eq(devices.id, deviceId)).for("update");
  return device;
}

function isApproved({ renewal_approved_at: at }: Device, nowMs: number): boolean {
  return at !== null && nowMs < at.getTime() + APPROVAL_LIFE_MS;
}

/** Tells operators once that the device waits for them. */
async function askOperator(tx: Transaction, context: EnrolContext, device: Device): Promise<void> {
  if (device.renewal_asked_at !== null) return;
  await tx
    .update(devices)
    .set({ renewal_asked_at: new Date(context.realClock.wall()) })
    .where(eq(devices.id, device.id));
  await raiseDeviceAlarm(tx, context, {
    operatorId: device.operator_id,
    lotId: device.lot_id,
    deviceId: device.id,
    code: "certificate_expired",
    detail:
      `The device with serial ${device.serial} is back after its certificate expired. If it is in its place, approve its ` +
      "renewal (POST /devices/{id}/approve-renewal); if its card may have been stolen, revoke it.",
  });
}

async function issueNext(
  tx: Transaction,
  context: EnrolContext,
  { shown, csr }: { readonly shown: PresentedCertificate; readonly csr: string },
): Promise<RenewedCertificate> {
  const { operatorId, lotId, deviceId } = shown;
  const { pem, serial, notAfter } = await context.authority.issue({ csr, operatorId, lotId, deviceId });
  const [device] = await tx
    .update(devices)
    .set({
      next_certificate_serial: serial,
      next_certificate_not_after: new Date(notAfter),
      renewal_asked_at: null,
      renewal_approved_at: null,
    })
    .where(eq(devices.id, deviceId))
    .returning();
  // Brokers of their own get lists anew, on which what was given before is revoked.
  await tellHubs(tx, deviceId);
  if (device) await audit(tx, context, { device, action: "device.renew", serial });
  return { pem, notAfter };
}

async function audit(
  tx: Transaction,
  context: Pick<EnrolContext, "clock">,
  { device, action, serial }: { readonly device: Device; readonly action: string; readonly serial: string },
): Promise<void> {
  await auditDeviceAction(tx, context, {
    operatorId: device.operator_id,
    lotId: device.lot_id,
    actor: { kind: "device", id: device.id },
    action,
    subject: { kind: "device", id: device.id },
    details: { certificate: serial },
  });
}
