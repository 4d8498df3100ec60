import {
  type EnrolmentAnswer,
  type EnrolmentRequest,
  enrolmentToken,
} from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "../../db/database.ts";
import { deviceBoots, deviceLinks, deviceStreams, devices, enrolmentTokens } from "../../db/schema/devices.ts";
import { giveTicketKey } from "../lots/give-ticket-key.ts";
import { DEVICES_CHANNEL, type DevicesContext } from "./context.ts";
import { hashSecret } from "./create-enrolment-token.ts";
import { auditDeviceAction, raiseDeviceAlarm } from "./record-incident.ts";
import { UNHEARD_STREAM } from "./unheard-stream.ts";

export interface IssueRequest {
  readonly csr: string;
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  readonly deviceId: Uuid;
}

/** What enrolment needs of the hub: its CA, its command key and its address. */
export interface EnrolmentAuthority {
  readonly caPem: string;
  readonly mqttUrl: string;
  readonly commandKey: { readonly key_id: string; readonly public_key: string };
  /** Throws `csr_invalid`. */
  issue(request: IssueRequest): Promise<{ readonly pem: string; readonly serial: string; readonly notAfter: number }>;
}

export type EnrolContext = DevicesContext & { readonly authority: EnrolmentAuthority };
type Token = typeof enrolmentTokens.$inferSelect;

/**
 * Enrols an edge: uses up the token, gives the device its certificate and, when it was enrolled before, its next epoch.
 * Whatever other device served the lot is revoked: a lot has one edge.
 * Throws `csr_invalid` (the token stays good), `token_unknown`, `token_used` (with audit and alarm), `token_expired` or
 * `token_wrong_serial`.
 */
export async function enrol(context: EnrolContext, request: EnrolmentRequest): Promise<EnrolmentAnswer> {
  const secretHash = secretHashOf(request.token);
  const answer = await context.db.transaction(async (tx) => {
    const token = await useToken(tx, context, { secretHash, serial: request.serial });
    return token ? await register(tx, context, { token, request }) : null;
  });
  return answer ?? (await refuse(context, secretHash, request.serial));
}

function secretHashOf(token: string): string {
  const [, secret] = token.split(".");
  if (!secret || !enrolmentToken.safeParse(token).success) throw tokenUnknown();
  return hashSecret(secret);
}

/** The conditional update settles the race of two users of one token: the row is taken by one of them only. */
async function useToken(
  tx: Transaction,
  { realClock }: EnrolContext,
  { secretHash, serial }: { secretHash: string; serial: string },
): Promise<Token | null> {
  const now = new Date(realClock.wall());
  const [token] = await tx
    .update(enrolmentTokens)
    .set({ used_at: now })
    .where(
      and(
        eq(enrolmentTokens.secret_hash, secretHash),
        isNull(enrolmentTokens.used_at),
        gt(enrolmentTokens.expires_at, now),
        or(isNull(enrolmentTokens.serial), eq(enrolmentTokens.serial, serial)),
      ),
    )
    .returning();
  return token ?? null;
}

async function register(
  tx: Transaction,
  context: EnrolContext,
  { token, request }: { token: Token; request: EnrolmentRequest },
): Promise<EnrolmentAnswer> {
  const { authority, clock, realClock } = context;
  const { operator_id: operatorId, lot_id: lotId } = token;
  const [held] = await tx
    .select({ id: devices.id, epoch: deviceStreams.epoch })
    .from(devices)
    .innerJoin(deviceStreams, eq(deviceStreams.device_id, devices.id))
    .where(and(eq(devices.lot_id, lotId), eq(devices.serial, request.serial)))
    .for("update");
  const deviceId = held?.id ?? context.newId();
  const epoch = (held?.epoch ?? 0) + 1;
  const certificate = await authority.issue({ csr: request.csr, operatorId, lotId, deviceId });
  const identity = {
    certificate_serial: certificate.serial,
    certificate_not_after: new Date(certificate.notAfter),
    next_certificate_serial: null,
    next_certificate_not_after: null,
    renewal_asked_at: null,
    renewal_approved_at: null,
    enrolled_at: new Date(realClock.wall()),
    revoked_at: null,
    revoked_reason: null,
  };
  await tx
    .insert(devices)
    .values({ id: deviceId, operator_id: operatorId, lot_id: lotId, serial: request.serial, ...identity })
    .onConflictDoUpdate({ target: devices.id, set: identity });
  // Copies of what was replaced are kept out by their certificate, so earlier runs need not be known.
  const start = { ...UNHEARD_STREAM, epoch, epoch_due: false, boot: null, updated_at: new Date(clock.wall()) };
  await tx
    .insert(deviceStreams)
    .values({ device_id: deviceId, lot_id: lotId, ...start })
    .onConflictDoUpdate({ target: deviceStreams.device_id, set: start });
  await tx.delete(deviceBoots).where(eq(deviceBoots.device_id, deviceId));
  const now = new Date(clock.wall());
  await tx
    .insert(deviceLinks)
    .values({ device_id: deviceId, lot_id: lotId, since: now, last_seen_at: now })
    .onConflictDoNothing();
  await tx.update(enrolmentTokens).set({ used_by: deviceId }).where(eq(enrolmentTokens.secret_hash, token.secret_hash));
  await revokeOthers(tx, context, { lotId, deviceId });
  await tellHubs(tx, deviceId);
  await auditDeviceAction(tx, context, {
    operatorId,
    lotId,
    actor: { kind: "device", id: deviceId },
    action: "device.enrol",
    subject: { kind: "device", id: deviceId },
    details: { serial: request.serial, epoch, token_by: token.created_by },
  });
  await giveTicketKey(tx, lotId, { ...context, now: clock.wall() });
  return {
    device_id: deviceId,
    operator_id: operatorId,
    lot_id: lotId,
    epoch,
    certificate: certificate.pem,
    ca: authority.caPem,
    not_after: certificate.notAfter,
    mqtt_url: authority.mqttUrl,
    command_key: authority.commandKey,
  };
}

async function revokeOthers(
  tx: Transaction,
  { realClock }: EnrolContext,
  { lotId, deviceId }: { lotId: Uuid; deviceId: Uuid },
): Promise<void> {
  const replaced = await tx
    .update(devices)
    .set({ revoked_at: new Date(realClock.wall()), revoked_reason: `replaced by ${deviceId}` })
    .where(and(eq(devices.lot_id, lotId), sql`${devices.id} <> ${deviceId}`, isNull(devices.revoked_at)))
    .returning({ id: devices.id });
  for (const { id } of replaced) await tellHubs(tx, id);
}

/** Hubs drop connections that the device's present state does not allow any more. */
export async function tellHubs(tx: Pick<Transaction, "execute">, deviceId: Uuid): Promise<void> {
  await tx.execute(sql`SELECT pg_notify(${DEVICES_CHANNEL}, ${JSON.stringify({ device_id: deviceId })})`);
}

async function refuse(context: EnrolContext, secretHash: string, serial: string): Promise<never> {
  const [token] = await context.db.select().from(enrolmentTokens).where(eq(enrolmentTokens.secret_hash, secretHash));
  if (!token) throw tokenUnknown();
  const error = refusalOf(token, context.realClock.wall());
  await context.db.transaction(async (tx) => {
    const { operator_id: operatorId, lot_id: lotId, used_by: deviceId } = token;
    await auditDeviceAction(tx, context, {
      operatorId,
      lotId,
      actor: { kind: "device", id: serial },
      action: "device.enrol_refused",
      subject: { kind: "lot", id: lotId },
      details: { code: error.code, serial },
    });
    const detail = `A computer with serial ${serial} tried to enrol: ${error.message}`.slice(0, 256);
    await raiseDeviceAlarm(tx, context, { operatorId, lotId, deviceId, code: `enrolment_${error.code}`, detail });
  });
  throw error;
}

function refusalOf(token: Token, nowMs: number): GatehouseError {
  if (token.used_at) return refusal("token_used", "This enrolment token was used before. Make a new one.");
  if (token.expires_at.getTime() <= nowMs)
    return refusal("token_expired", "This enrolment token is more than an hour old. Make a new one.");
  return refusal("token_wrong_serial", "This enrolment token was made for a computer with another serial number.");
}

function tokenUnknown(): GatehouseError {
  return refusal("token_unknown", "This hub did not make that enrolment token. Check that it was copied whole.");
}

function refusal(code: string, message: string): GatehouseError {
  return new GatehouseError(code, message);
}
