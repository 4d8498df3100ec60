import type { SerialLinesConfig } from "@gatehouse/shared/contracts/config/site/readers.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { MAX_SCAN_CODE, type ReaderEvent } from "../../ports/reader/reader-port.ts";

export type LineFault =
  | "not_printable"
  | "wrong_prefix"
  | "wrong_suffix"
  | "no_aim_id"
  | "empty"
  | "no_card"
  | "no_pin"
  | "too_long";

export type LineRules = Pick<SerialLinesConfig, "reads" | "prefix" | "suffix" | "aim" | "card_format" | "buttons">;

/** Shortest and longest PIN. */
const PIN = /^\d{4,12}$/;
/** The form of a printed ticket's code (shared/src/domain/ticket/ticket-code.ts); whether it is a true one is decided later. */
const TICKET = /^T[0-9A-HJKMNP-TV-Z]{24}$/;
/** AIM symbology identifier, ISO/IEC 15424: `]`, a letter, a digit or letter. */
const AIM_ID = /^\][A-Za-z][0-9A-Za-z]/;

/** What one line of a reader means. Garbage is refused: it must never become another driver's code. */
export function readLine(line: Buffer, rules: LineRules): Result<ReaderEvent, LineFault> {
  const text = line.toString("latin1");
  if (!/^[\x20-\x7e]*$/.test(text)) return err("not_printable");
  const button = text === rules.buttons.ticket ? "ticket" : text === rules.buttons.help ? "help" : null;
  if (button) return ok({ kind: "press", button });
  if (!text.startsWith(rules.prefix)) return err("wrong_prefix");
  if (!text.endsWith(rules.suffix)) return err("wrong_suffix");
  const inner = text.slice(rules.prefix.length, text.length - rules.suffix.length);
  return inner.length > MAX_SCAN_CODE ? err("too_long") : readInner(inner, rules);
}

function readInner(inner: string, { reads, aim, card_format: format }: LineRules): Result<ReaderEvent, LineFault> {
  switch (reads) {
    case "code": {
      if (aim && !AIM_ID.test(inner)) return err("no_aim_id");
      const code = (aim ? inner.slice(3) : inner).trim();
      return code === "" ? err("empty") : scan(TICKET.test(code) ? "ticket" : "qr", code);
    }
    case "card": {
      const number = cardNumber(inner.trim(), format);
      return number === null ? err("no_card") : scan("card", number);
    }
    case "pin":
      return pin(inner);
  }
}

function scan(medium: "qr" | "ticket" | "card" | "pin", code: string): Result<ReaderEvent, never> {
  return ok({ kind: "scan", scan: { medium, code } });
}

/** `*` takes back what was typed before it, as on the keypads of doors. */
function pin(typed: string): Result<ReaderEvent, LineFault> {
  const digits = typed.slice(typed.lastIndexOf("*") + 1);
  return PIN.test(digits) ? scan("pin", digits) : err("no_pin");
}

function cardNumber(text: string, format: LineRules["card_format"]): string | null {
  switch (format) {
    case "text":
      return /^[0-9A-Za-z-]{1,64}$/.test(text) ? text : null;
    case "uid": {
      const hex = text.replace(/[\s:-]/g, "").toUpperCase();
      return /^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$/.test(hex) ? hex : null;
    }
    case "wiegand26":
      return /^[0-9A-Fa-f]{7}$/.test(text) ? wiegand26(Number.parseInt(text, 16)) : null;
  }
}

/**
 * The 26-bit format of SIA AC-01 (1996): even parity over the first 12 bits of data, 8 bits of facility, 16 of number, odd
 * parity over the last 12.
 */
function wiegand26(bits: number): string | null {
  if (bits >= 1 << 26) return null;
  const data = (bits >> 1) & 0xffffff;
  const [even, odd] = [(bits >> 25) & 1, bits & 1];
  if (ones(data >> 12) % 2 !== even || ones(data & 0xfff) % 2 === odd) return null;
  return `${data >> 16}-${data & 0xffff}`;
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
