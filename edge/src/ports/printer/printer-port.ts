import type { Result } from "@gatehouse/shared/kit/result.ts";
import type { DeviceHealth } from "../device-health.ts";

/** Paper and mechanics, worst first when several hold: `offline`, `jammed` (or cover open), `paper_out`, `paper_low`. */
export type PrinterState = "ready" | "paper_low" | "paper_out" | "jammed" | "offline";

/** `busy`: another ticket is not done yet. The others say why no ticket can come out. */
export type PrinterError = "offline" | "paper_out" | "jammed" | "busy" | "ticket_too_long";

/** Longest code and most lines that a ticket may have; a QR code of this size is read well from 80 mm paper. */
export const MAX_TICKET_CODE = 512;
export const MAX_TICKET_LINES = 24;
export const MAX_TICKET_LINE = 64;

/** What is printed on a ticket: lines for people, and the code that the readers read. */
export interface TicketPrint {
  readonly jobId: string;
  /** Signed code; printed as a QR code, and below it as text. */
  readonly code: string;
  readonly lines: readonly string[];
}

export type PrinterEvent =
  /** `presented`: the ticket hangs out of the printer. `taken`: the driver has it. A printer without a sensor for this says it at once. */
  | { readonly kind: "ticket"; readonly jobId: string; readonly result: "presented" | "taken" }
  /** No ticket came out, or a torn one; `jobId` may be printed again. */
  | { readonly kind: "failed"; readonly jobId: string; readonly code: PrinterError }
  /** On each change, and once when the driver starts to know. */
  | { readonly kind: "state"; readonly state: PrinterState };

/**
 * The ticket printer of one lane; one ticket at a time.
 *
 * Fail-safe: `offline` until the printer has answered. A job ends with exactly one `taken` or `failed`, also when the
 * printer dies in the middle; the driver never prints a job a second time by itself, because two tickets with one code
 * could let two vehicles out.
 */
export interface PrinterPort {
  print(ticket: TicketPrint): Result<void, PrinterError>;
  state(): PrinterState;
  watch(listener: (event: PrinterEvent) => void): () => void;
  health(): DeviceHealth;
}

/** Why a ticket can't be printed by a printer in this state, null when it can. */
export function ticketFault({ code, lines }: TicketPrint, state: PrinterState): PrinterError | null {
  const tooLong = code.length > MAX_TICKET_CODE || lines.length > MAX_TICKET_LINES;
  if (tooLong || lines.some((line) => line.length > MAX_TICKET_LINE)) return "ticket_too_long";
  return state === "ready" || state === "paper_low" ? null : state;
}
