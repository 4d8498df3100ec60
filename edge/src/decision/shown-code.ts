import { createHmac } from "node:crypto";
import type { CodeFault, ShownCredential } from "@gatehouse/shared/domain/access/facts.ts";
import { looksLikeTicket, readTicket, type TicketMac } from "@gatehouse/shared/domain/ticket/ticket-code.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { DecisionRecords } from "../store/records.ts";
import type { Shown } from "./shown.ts";

/** What a shown code is worth. */
export interface JudgedCode {
  readonly credential: ShownCredential | null;
  readonly fault: CodeFault | null;
  /** When this lot printed it; null for what is no ticket of this lot. */
  readonly issuedAt: WallMs | null;
}

const NO_CODE: JudgedCode = { credential: null, fault: null, issuedAt: null };

/** A function that signs with one of the lot's keys. */
export function ticketMac(secret: Uint8Array): TicketMac {
  return (message) => createHmac("sha256", secret).update(message).digest();
}

/**
 * A ticket counts only with this lot's signature, and only while its stay has not ended. `leaveOut` is a stay that the
 * same movement opened: its ticket is still fresh.
 */
export function judgeCode(
  { records, lotId }: { readonly records: DecisionRecords; readonly lotId: Uuid },
  { code, direction }: Pick<Shown, "code" | "direction">,
  leaveOut: string | null,
): JudgedCode {
  if (code === null) return NO_CODE;
  if (code.kind !== "ticket" && !looksLikeTicket(code.value)) {
    return { credential: { kind: code.kind, code: code.value }, fault: null, issuedAt: null };
  }
  const ticket = readTicket(code.value, { lotId, macs: records.ticketSecrets().map(ticketMac) });
  // Any other text may look like a ticket by chance; its check characters then are wrong.
  if (!ticket.ok && ticket.error === "mistyped" && code.kind !== "ticket") {
    return { credential: { kind: code.kind, code: code.value }, fault: null, issuedAt: null };
  }
  // Hung on a stay before tickets were signed.
  if (!ticket.ok && ticket.error === "not_a_ticket" && records.sessions.byTicket(code.value).length > 0) {
    return { credential: { kind: "ticket", code: code.value }, fault: null, issuedAt: null };
  }
  if (!ticket.ok) return { credential: null, fault: faultOf(ticket.error), issuedAt: null };
  return { ...judgeTicket(records, ticket.value.code, { direction, leaveOut }), issuedAt: ticket.value.issuedAt };
}

function judgeTicket(
  { sessions }: DecisionRecords,
  value: string,
  { direction, leaveOut }: Pick<Shown, "direction"> & { readonly leaveOut: string | null },
): Omit<JudgedCode, "issuedAt"> {
  const stays = sessions.byTicket(value).filter(({ sessionId }) => sessionId !== leaveOut);
  if (stays.length > 0) return { credential: { kind: "ticket", code: value }, fault: null };
  if (sessions.isTicketUsed(value)) return { credential: null, fault: "ticket_used" };
  return { credential: { kind: direction === "entry" ? "fresh_ticket" : "ticket", code: value }, fault: null };
}

function faultOf(fault: "not_a_ticket" | "mistyped" | "other_lot" | "forged"): CodeFault {
  switch (fault) {
    case "not_a_ticket":
    case "mistyped":
      return "ticket_mistyped";
    case "other_lot":
      return "ticket_other_lot";
    case "forged":
      return "ticket_forged";
  }
}
