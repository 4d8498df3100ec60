import type { DeviceHealth } from "../device-health.ts";

/** What was read: a code by a scanner, a card by its number, a PIN by its digits. */
export type ReaderMedium = "qr" | "ticket" | "card" | "pin";

/** Longest code that is passed on, in characters; a longer one is dropped and counted as a fault of the reader. */
export const MAX_SCAN_CODE = 512;
/** The same code again within this is one scan: a scanner in presentation mode repeats what it sees, ms. */
export const SAME_SCAN_MS = 2_000;

export interface Scan {
  readonly medium: ReaderMedium;
  /** Printable ASCII, without prefix, suffix or symbology id. */
  readonly code: string;
}

export type ReaderEvent =
  | { readonly kind: "scan"; readonly scan: Scan }
  /** A push button that is wired to the reader. */
  | { readonly kind: "press"; readonly button: ButtonName };

export type ButtonName = "ticket" | "help";

/**
 * Something at the lane that takes a credential in.
 *
 * Fail-safe: a reader that is silent, gone or talks nonsense reads nothing; it can't open a gate by itself.
 */
export interface ReaderPort {
  /** Calls back for each scan, repeats within `SAME_SCAN_MS` left out. Returns what ends it. */
  watch(listener: (event: ReaderEvent) => void): () => void;
  health(): DeviceHealth;
}
