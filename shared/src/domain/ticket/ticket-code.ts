import { type WallMs, wallMs } from "../../kit/clock.ts";
import { SECOND_MS } from "../../kit/durations.ts";
import type { Uuid } from "../../kit/ids.ts";
import { err, ok, type Result } from "../../kit/result.ts";
import { decodeNumber, encodeBytes, encodeNumber, symbolsOf, textOf } from "./base32.ts";
import { checkSymbols, isChecked } from "./check-symbols.ts";

/**
 * The code of a printed ticket, 24 characters of Crockford's base 32 behind the letter T:
 *
 *     T LLLL SSSSSS NNN MMMMMMMM CC
 *
 * L: tag of the lot, the last 20 bits of its id. S: seconds since 2026, so codes sort by their time until 2060. N: tells
 * apart what is printed in one second. M: 40 bits of HMAC-SHA-256 (RFC 2104) with the lot's key over all before it.
 * C: check characters against typing errors, so that a slip of the hand is not called a forgery.
 *
 * Whoever has the lot's key checks a code without asking anybody. 40 bits are enough, because a guess needs a lane or a
 * handheld: at one guess a second a forger hits one code in 17,000 years.
 */
const TICKET_FORM = /^T[0-9A-HJKMNP-TV-Z]{23}$/;

const EPOCH_MS = Date.UTC(2026, 0, 1);
const LOT_WIDTH = 4;
const TIME_WIDTH = 6;
const NONCE_WIDTH = 3;
const MAC_WIDTH = 8;

/** HMAC-SHA-256 with one key: the message's characters are ASCII; at least five bytes of the result are used. */
export type TicketMac = (message: string) => Uint8Array;

export interface TicketIssue {
  readonly lotId: Uuid;
  readonly at: WallMs;
  /** Differs for tickets of the same second; its lowest 15 bits count. */
  readonly nonce: number;
}

/** Why a code is not one of this lot's tickets. */
export type TicketFault = "not_a_ticket" | "mistyped" | "other_lot" | "forged";

/** A ticket of this lot, by its code. `issuedAt` is exact to the second. */
export interface Ticket {
  readonly code: string;
  readonly issuedAt: WallMs;
}

/** The code to print. A time before 2026 counts as its first second. */
export function ticketCode({ lotId, at, nonce }: TicketIssue, mac: TicketMac): string {
  const seconds = Math.max(0, Math.floor((at - EPOCH_MS) / SECOND_MS));
  const told = lotTag(lotId) + encodeNumber(seconds, TIME_WIDTH) + encodeNumber(Math.abs(nonce) % 2 ** 15, NONCE_WIDTH);
  const signed = told + macText(mac, told);
  return `T${signed}${textOf(checkSymbols(symbolsOf(signed)))}`;
}

/**
 * Reads what a scanner or a hand gave. `macs` are those of all keys of the lot, the newest first; with none of them a
 * code of the right form counts as forged, since nothing says otherwise.
 */
export function readTicket(
  given: string,
  { lotId, macs }: { readonly lotId: Uuid; readonly macs: readonly TicketMac[] },
): Result<Ticket, TicketFault> {
  const code = foldTicketText(given);
  if (!TICKET_FORM.test(code)) return err("not_a_ticket");
  const body = code.slice(1);
  if (!isChecked(symbolsOf(body))) return err("mistyped");
  if (!body.startsWith(lotTag(lotId))) return err("other_lot");
  const told = body.slice(0, LOT_WIDTH + TIME_WIDTH + NONCE_WIDTH);
  const shown = body.slice(told.length, told.length + MAC_WIDTH);
  if (!macs.some((mac) => isSame(macText(mac, told), shown))) return err("forged");
  const seconds = decodeNumber(told.slice(LOT_WIDTH, LOT_WIDTH + TIME_WIDTH));
  return ok({ code, issuedAt: wallMs(EPOCH_MS + seconds * SECOND_MS) });
}

/** Whether a text has the form of a ticket's code; that it is one, only `readTicket` can tell. */
export function looksLikeTicket(given: string): boolean {
  return TICKET_FORM.test(foldTicketText(given));
}

/** The code as it stands on the ticket, in groups of four. */
export function printedTicketCode(code: string): string {
  return code.match(/.{1,4}/g)?.join("-") ?? code;
}

/** What a hand types: any case, hyphens and spaces, and the letters that are left out for their likeness. */
function foldTicketText(given: string): string {
  if (given.length > MAX_GIVEN_LENGTH) return "";
  return given.toUpperCase().replace(/[-\s]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

const MAX_GIVEN_LENGTH = 64;

function lotTag(lotId: Uuid): string {
  return encodeNumber(Number.parseInt(lotId.slice(-5), 16), LOT_WIDTH);
}

function macText(mac: TicketMac, told: string): string {
  return encodeBytes(mac(`ticket:1:${told}`), MAC_WIDTH);
}

/** Takes the same time wherever the first difference is. */
function isSame(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < left.length; at++) difference |= left.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}
