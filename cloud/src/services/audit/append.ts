import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { auditLog } from "../../db/schema/access.ts";
import type { VerbTransaction } from "../verb-context.ts";

export interface AuditEntry {
  /** `<noun>.<past participle>`, as `permit.revoked`. */
  readonly action: string;
  readonly operatorId: Uuid | null;
  readonly lotId: Uuid | null;
  readonly subject: { readonly kind: string; readonly id: string };
  /** What an auditor needs beside; no plate, e-mail address or token. */
  readonly details?: Json;
}

/** Adds one row to the append-only audit log, in the transaction of the change that it tells of. */
export async function appendAudit({ db, actor, requestId, now }: VerbTransaction, entry: AuditEntry): Promise<void> {
  await db.insert(auditLog).values({
    at: now,
    operator_id: entry.operatorId,
    lot_id: entry.lotId,
    actor_kind: actor.kind,
    actor_id: actor.id,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    request_id: requestId,
    details: entry.details ?? null,
  });
}
