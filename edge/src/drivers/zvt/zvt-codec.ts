/*
 * APDUs of ZVT over TCP: two bytes of command, a length of one byte, or of three (FFh, low, high), then the data. Source:
 * ZVT, ECR interface PA00P015 (revision 13): chapter 2 for the commands, "Summary of utilised BMPs" for the fields.
 */

export interface Apdu {
  /** Class and instruction, like 0x060f. */
  readonly command: number;
  readonly data: Uint8Array;
}

export const REGISTRATION = 0x0600;
export const AUTHORISATION = 0x0601;
export const COMPLETION = 0x060f;
export const ABORT_BY_TERMINAL = 0x061e;
export const REPEAT_RECEIPT = 0x0620;
export const ABORT_BY_REGISTER = 0x06b0;
export const STATUS_INFORMATION = 0x040f;
export const ACKNOWLEDGE = 0x8000;
/** The class of refusals; the instruction is the reason. */
export const REFUSED_CLASS = 0x84;

/** Longest APDU that is taken; receipts are the longest, and are some hundred bytes. */
export const MAX_APDU_BYTES = 8_192;

/** An APDU as bytes. */
export function encodeApdu({ command, data }: Apdu): Uint8Array {
  const length = data.length < 0xff ? [data.length] : [0xff, data.length & 0xff, data.length >> 8];
  return Uint8Array.from([command >> 8, command & 0xff, ...length, ...data]);
}

/** Cuts a stream into APDUs; null stands for a length that no terminal sends, after which the stream means nothing. */
export class ApduCutter {
  #pending = Buffer.alloc(0);

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.#pending.length > 0;
  }

  take(bytes: Uint8Array): readonly (Apdu | null)[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const found: (Apdu | null)[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      found.push(next);
      if (next === null) return found;
    }
    return found;
  }

  #next(): Apdu | null | undefined {
    const bytes = this.#pending;
    const isLong = bytes[2] === 0xff;
    const header = isLong ? 5 : 3;
    if (bytes.length < header) return undefined;
    const length = isLong ? bytes.readUInt16LE(3) : bytes.readUInt8(2);
    if (length > MAX_APDU_BYTES) return null;
    if (bytes.length < header + length) return undefined;
    this.#pending = bytes.subarray(header + length);
    return { command: bytes.readUInt16BE(0), data: bytes.subarray(header, header + length) };
  }
}

/** A number as packed decimal digits, `bytes` long; higher digits are dropped. */
export function bcd(value: number, bytes: number): readonly number[] {
  const digits = String(value)
    .padStart(bytes * 2, "0")
    .slice(-bytes * 2);
  return Array.from({ length: bytes }, (_, at) => Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}

function fromBcd(bytes: Uint8Array): number | null {
  const digits = Buffer.from(bytes).toString("hex");
  return /^\d+$/.test(digits) ? Number(digits) : null;
}

/** What of a status information is used. Card numbers and tracks are skipped and never kept. */
export interface StatusInformation {
  /** 0 is approved. */
  readonly result: number | null;
  readonly amountMinor: number | null;
  readonly currency: number | null;
  readonly trace: number | null;
  /** Trace number of the payment that this transaction reversed; null for a payment. */
  readonly originalTrace: number | null;
  readonly receipt: number | null;
  readonly terminal: number | null;
}

/** Lengths of the fields: a number of bytes, or how many digits of length stand before it (LLVAR, LLLVAR), or TLV. */
const FIELDS: Readonly<Record<number, number | "ll" | "lll" | "tlv">> = {
  1: 1,
  2: 1,
  3: 1,
  4: 6,
  5: 1,
  6: "tlv",
  11: 3,
  12: 3,
  13: 2,
  14: 2,
  23: 2,
  25: 1,
  34: "ll",
  35: "ll",
  36: "lll",
  39: 1,
  41: 4,
  42: 15,
  45: "ll",
  46: "lll",
  55: 3,
  58: 2,
  59: 8,
  60: "lll",
  61: 3,
  73: 2,
  96: "lll",
  135: 2,
  136: 3,
  138: 1,
  139: "ll",
  140: 1,
  154: "lll",
  160: 1,
  167: "ll",
  170: 3,
  175: "lll",
  186: 5,
};

/** Reads a status information; null when a field is unknown or cut short, because nothing behind it can be believed. */
export function readStatus(data: Uint8Array): StatusInformation | null {
  const fields = new Map<number, Uint8Array>();
  for (let at = 0; at < data.length; ) {
    const tag = data[at] ?? 0;
    const span = fieldSpan(data, at + 1, FIELDS[tag]);
    if (span === null || span.end > data.length) return null;
    fields.set(tag, data.subarray(span.start, span.end));
    at = span.end;
  }
  const number = (tag: number): number | null => {
    const bytes = fields.get(tag);
    return bytes === undefined ? null : fromBcd(bytes);
  };
  return {
    result: fields.get(0x27)?.[0] ?? null,
    amountMinor: number(0x04),
    currency: number(0x49),
    trace: number(0x0b),
    originalTrace: number(0x37) || null,
    receipt: number(0x87),
    terminal: number(0x29),
  };
}

function fieldSpan(
  data: Uint8Array,
  start: number,
  length: (typeof FIELDS)[number] | undefined,
): { readonly start: number; readonly end: number } | null {
  if (length === undefined) return null;
  if (typeof length === "number") return { start, end: start + length };
  if (length === "tlv") return tlvSpan(data, start);
  const digits = length === "ll" ? 2 : 3;
  let value = 0;
  for (let at = 0; at < digits; at++) {
    const byte = data[start + at];
    if (byte === undefined || (byte & 0xf0) !== 0xf0) return null;
    value = value * 10 + (byte & 0x0f);
  }
  return { start: start + digits, end: start + digits + value };
}

function tlvSpan(data: Uint8Array, start: number): { readonly start: number; readonly end: number } | null {
  const first = data[start];
  if (first === undefined) return null;
  if (first < 0x80) return { start: start + 1, end: start + 1 + first };
  const [low = 0, high = 0] = [data[start + 1], data[start + 2]];
  if (first === 0x81) return { start: start + 2, end: start + 2 + low };
  return first === 0x82 ? { start: start + 3, end: start + 3 + low * 256 + high } : null;
}
