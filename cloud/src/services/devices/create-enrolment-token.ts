import { createHash } from "node:crypto";
import { later, type WallMs } from "@gatehouse/shared/kit/clock.ts";
import { HOUR_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { enrolmentTokens } from "../../db/schema/devices.ts";
import type { DevicesContext } from "./context.ts";
import { auditDeviceAction } from "./record-incident.ts";

/** By real time, also where the wall clock is simulated. */
const TOKEN_LIFE_MS = HOUR_MS;
const SECRET_BYTES = 32;

export interface NewEnrolmentToken {
  readonly operatorId: Uuid;
  readonly lotId: Uuid;
  /** Bound to the computer with this serial number; without it any computer may use the token. */
  readonly serial?: string;
  /** SHA-256 of the hub's CA certificate, base64url; the edge trusts no other hub. */
  readonly caFingerprint: string;
  readonly actor: string;
}

/** A token that enrols one edge, once, within an hour. It is shown here and never again. */
export async function createEnrolmentToken(
  context: DevicesContext,
  input: NewEnrolmentToken,
): Promise<{ readonly token: string; readonly expiresAt: WallMs }> {
  const secret = Buffer.from(context.random.bytes(SECRET_BYTES)).toString("base64url");
  const now = context.realClock.wall();
  const expiresAt = later(now, TOKEN_LIFE_MS);
  await context.db.transaction(async (tx) => {
    await tx.insert(enrolmentTokens).values({
      secret_hash: hashSecret(secret),
      operator_id: input.operatorId,
      lot_id: input.lotId,
      serial: input.serial ?? null,
      created_by: input.actor,
      created_at: new Date(now),
      expires_at: new Date(expiresAt),
    });
    await auditDeviceAction(tx, context, {
      operatorId: input.operatorId,
      lotId: input.lotId,
      actor: { kind: "user", id: input.actor },
      action: "enrolment_token.create",
      subject: { kind: "lot", id: input.lotId },
      details: { serial: input.serial ?? null },
    });
  });
  return { token: `gh1.${secret}.${input.caFingerprint}`, expiresAt };
}

/** What is kept of a token: its secret has 256 random bits, so a plain hash can't be reversed. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
