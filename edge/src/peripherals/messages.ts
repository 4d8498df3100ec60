import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Money } from "@gatehouse/shared/kit/money.ts";
import type { CallState } from "../ports/intercom/intercom-port.ts";
import type { TerminalError, TerminalResult } from "../ports/payment-terminal/payment-terminal-port.ts";
import type { PrinterError, PrinterState } from "../ports/printer/printer-port.ts";
import type { ButtonName } from "../ports/reader/reader-port.ts";

/*
 * What the lane machine and the peripherals of its lane say to each other. Peripherals are what no safety rule depends on:
 * display, payment terminal, ticket printer, readers, intercom. They live on the main thread; a lost or late one costs
 * comfort or money, never a limb.
 */

/** A ticket as the lane wants it; lot, lane and time are added by whoever prints it. */
export interface Ticket {
  /** Signed, checkable offline; what readers read. */
  readonly code: string;
  /** Printed for the driver, so that a ticket can be told from another's. */
  readonly plate: string | null;
}

/** Money to be taken, and what it is for: kept before the terminal is asked, so that it outlives the agent. */
export interface PaymentRequest {
  readonly requestId: string;
  readonly amount: Money;
  readonly movementId: Uuid;
  readonly sessionId: Uuid;
}

/**
 * Why no payment is asked for. `not_kept`: the request can't be put on the disk. `unclear`: an earlier request for the stay
 * may have been paid, and the terminal can't tell.
 */
export type PaymentFailure = TerminalError | "not_kept" | "unclear";

/** What the lane machine may ask of the peripherals of its lane. */
export type PeripheralCommand =
  /** In the languages of the lane; an amount is written behind the text. */
  | { readonly kind: "display"; readonly key: string; readonly amount: Money | null }
  | ({ readonly kind: "take_payment" } & PaymentRequest)
  | { readonly kind: "cancel_payment"; readonly requestId: string }
  | { readonly kind: "print_ticket"; readonly jobId: string; readonly ticket: Ticket }
  | { readonly kind: "call_operator"; readonly callId: string; readonly reason: string }
  | { readonly kind: "end_call"; readonly callId: string };

/** Why a ticket did not come out; `no_printer`: the site file names none for this lane. */
export type TicketFailure = PrinterError | "no_printer";

/** What the peripherals of a lane tell its machine. Scans don't come this way: they are offered as credentials. */
export type PeripheralReport =
  | { readonly kind: "payment"; readonly result: TerminalResult }
  | { readonly kind: "payment_failed"; readonly requestId: string; readonly code: PaymentFailure }
  | { readonly kind: "button"; readonly name: ButtonName }
  | { readonly kind: "ticket"; readonly jobId: string; readonly result: "presented" | "taken"; readonly code: null }
  | { readonly kind: "ticket"; readonly jobId: string; readonly result: "failed"; readonly code: TicketFailure }
  | { readonly kind: "printer"; readonly state: PrinterState }
  | { readonly kind: "call"; readonly callId: string; readonly state: CallState };
