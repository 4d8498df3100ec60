import type { PrinterState } from "../../ports/printer/printer-port.ts";

/*
 * What an ESC/POS printer says of itself. Sources: Epson, ESC/POS Command Reference (DLE EOT, GS a, GS r, DLE DC4); CUSTOM,
 * VKP80II command manual (DLE EOT 14h, full status). The fixed bits of each kind of byte tell the kinds apart.
 */

/** The answers to DLE EOT 1 to 4, or what of them an automatic status has. */
export interface PrinterFacts {
  readonly offline: boolean;
  readonly coverOpen: boolean;
  readonly error: boolean;
  readonly paperEnd: boolean;
  readonly paperLow: boolean;
  /** A ticket is in the presenter; null where there is no such sensor. */
  readonly ticketOut: boolean | null;
}

export const NO_FACTS: PrinterFacts = {
  offline: false,
  coverOpen: false,
  error: false,
  paperEnd: false,
  paperLow: false,
  ticketOut: null,
};

export type RealTimeStatus = 1 | 2 | 3 | 4;

/** Asks for one real-time status; it is answered even by a printer that is out of paper. */
export function askStatus(which: RealTimeStatus): Uint8Array {
  return Uint8Array.of(0x10, 0x04, which);
}

/** CUSTOM's full status: six bytes, the first two 10h 0Fh. */
export const ASK_FULL_STATUS = Uint8Array.of(0x10, 0x04, 0x14);
/** Automatic status back, for online, error and paper (GS a). */
export const SEND_CHANGES = Uint8Array.of(0x1d, 0x61, 0x0e);
/** Paper status, answered in order with the print data: when it comes, all before it is printed (GS r 1). */
export const ASK_PRINTED = Uint8Array.of(0x1d, 0x72, 0x01);
/** Forgets what waits to be printed, so that no half ticket comes out with new paper (DLE DC4, fn 8). */
export const FORGET_WAITING = Uint8Array.of(0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08);

/** The facts with the answer to one real-time question in them. */
export function withRealTime(facts: PrinterFacts, which: RealTimeStatus, byte: number): PrinterFacts {
  switch (which) {
    case 1:
      return { ...facts, offline: (byte & 0x08) !== 0 };
    case 2:
      return { ...facts, coverOpen: (byte & 0x04) !== 0 };
    case 3:
      return { ...facts, error: (byte & 0x6c) !== 0 };
    case 4:
      return { ...facts, paperLow: (byte & 0x0c) !== 0, paperEnd: (byte & 0x60) !== 0 };
  }
}

/** The facts of an automatic status of four bytes. */
export function ofAutomatic(facts: PrinterFacts, [first = 0, second = 0, third = 0]: readonly number[]): PrinterFacts {
  return {
    ...facts,
    offline: (first & 0x08) !== 0,
    coverOpen: (first & 0x20) !== 0,
    error: (second & 0x6c) !== 0,
    paperLow: (third & 0x03) !== 0,
    paperEnd: (third & 0x0c) !== 0,
  };
}

/** The facts of CUSTOM's full status: paper, user, recoverable and unrecoverable byte. */
export function ofFullStatus([paper = 0, user = 0, recoverable = 0, broken = 0]: readonly number[]): PrinterFacts {
  return {
    offline: false,
    paperEnd: (paper & 0x01) !== 0,
    paperLow: (paper & 0x04) !== 0,
    ticketOut: (paper & 0x20) !== 0,
    coverOpen: (user & 0x03) !== 0,
    error: (recoverable & 0x49) !== 0 || broken !== 0,
  };
}

/** The worst of what holds. A printer without paper is offline too, so that fact counts last. */
export function printerState({ offline, coverOpen, error, paperEnd, paperLow }: PrinterFacts): PrinterState {
  if (error || coverOpen) return "jammed";
  if (paperEnd) return "paper_out";
  if (offline) return "offline";
  return paperLow ? "paper_low" : "ready";
}

export type StatusMessage =
  | { readonly kind: "real_time"; readonly byte: number }
  | { readonly kind: "automatic"; readonly bytes: readonly number[] }
  | { readonly kind: "full"; readonly bytes: readonly number[] }
  | { readonly kind: "printed" };

/** Cuts what a printer sends into statuses; bytes that are none are skipped. */
export class StatusCutter {
  readonly #full: boolean;
  #frame: number[] = [];
  #inAnswer = false;

  /** `full`: the printer answers with CUSTOM's full status instead of the automatic one. */
  constructor(full: boolean) {
    this.#full = full;
  }

  take(bytes: Uint8Array): readonly StatusMessage[] {
    return [...bytes].flatMap((byte) => this.#byte(byte) ?? []);
  }

  /** The answer to `FORGET_WAITING`, 37h 25h 00h, says nothing that is not known. */
  #byte(byte: number): StatusMessage | null {
    if (byte === 0x37 || this.#inAnswer) {
      this.#inAnswer = byte !== 0x00;
      return null;
    }
    return this.#full ? this.#ofCustom(byte) : this.#ofEpson(byte);
  }

  #ofEpson(byte: number): StatusMessage | null {
    if (this.#frame.length > 0 && (byte & 0x90) === 0) {
      this.#frame.push(byte);
      return this.#frame.length === 4 ? { kind: "automatic", bytes: this.#frame.splice(0) } : null;
    }
    this.#frame = [];
    if ((byte & 0x93) === 0x12) return { kind: "real_time", byte };
    if ((byte & 0x93) === 0x10) this.#frame = [byte];
    return (byte & 0x90) === 0 ? { kind: "printed" } : null;
  }

  #ofCustom(byte: number): StatusMessage | null {
    this.#frame.push(byte);
    const [first, second] = this.#frame;
    if (first !== 0x10) {
      this.#frame = [];
      return (byte & 0x90) === 0 ? { kind: "printed" } : null;
    }
    if (second !== undefined && second !== 0x0f) this.#frame = [];
    return this.#frame.length === 6 ? { kind: "full", bytes: this.#frame.splice(0).slice(2) } : null;
  }
}
