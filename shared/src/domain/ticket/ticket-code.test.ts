import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wallMs } from "../../kit/clock.ts";
import { printedTicketCode, readTicket, type TicketMac, ticketCode } from "./ticket-code.ts";

const LOT_ID = "0198c0de-0000-7000-8000-00000000a11e";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const macWith = (key: string): TicketMac => {
  return (message) => createHmac("sha256", key).update(message).digest();
};
const mac = macWith("the lot's key");
const own = { lotId: LOT_ID, macs: [mac] };
const issue = { lotId: LOT_ID, at: wallMs(Date.UTC(2026, 2, 2, 8, 0, 7, 900)), nonce: 0x7abc };

function withCharacter(code: string, at: number, character: string): string {
  return code.slice(0, at) + character + code.slice(at + 1);
}

describe("a ticket's code", () => {
  it("is 24 capitals and digits that tell when it was printed", () => {
    const code = ticketCode(issue, mac);
    expect(code).toMatch(/^T[0-9A-HJKMNP-TV-Z]{23}$/);
    expect(readTicket(code, own)).toEqual({
      ok: true,
      value: { code, issuedAt: Date.UTC(2026, 2, 2, 8, 0, 7) },
    });
  });

  it("is read as a hand types it: lower case, groups, O for 0 and l for 1", () => {
    const code = ticketCode(issue, mac);
    const typed = printedTicketCode(code).toLowerCase().replace(/0/g, "o").replace(/1/g, "l");
    expect(typed).toMatch(/^(.{4}-){5}.{4}$/);
    expect(readTicket(` ${typed} `, own)).toMatchObject({ ok: true, value: { code } });
  });

  it("sorts by its time", () => {
    const times = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2059, 0, 1) });
    fc.assert(
      fc.property(times, times, (left, right) => {
        const [a, b] = [left, right].map((at) => ticketCode({ ...issue, at: wallMs(at) }, mac).slice(0, 11));
        expect(Math.sign((a ?? "") < (b ?? "") ? -1 : a === b ? 0 : 1)).toBe(
          Math.sign(Math.floor(left / 1000) - Math.floor(right / 1000)),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("calls one or two wrong characters, and two that changed places, mistyped and not forged", () => {
    const code = ticketCode(issue, mac);
    const place = fc.integer({ min: 1, max: 23 });
    const character = fc.constantFrom(...ALPHABET);
    fc.assert(
      fc.property(place, place, character, character, (first, second, one, other) => {
        const wrong = withCharacter(withCharacter(code, first, one), second, other);
        if (wrong !== code) expect(readTicket(wrong, own)).toEqual({ ok: false, error: "mistyped" });
        const swapped = withCharacter(withCharacter(code, first, code[second] ?? ""), second, code[first] ?? "");
        if (swapped !== code) expect(readTicket(swapped, own)).toEqual({ ok: false, error: "mistyped" });
      }),
      { numRuns: 300 },
    );
  });

  it("is forged under any other key, and without a key", () => {
    const code = ticketCode(issue, macWith("somebody else's key"));
    expect(readTicket(code, own)).toEqual({ ok: false, error: "forged" });
    expect(readTicket(code, { ...own, macs: [] })).toEqual({ ok: false, error: "forged" });
  });

  it("holds under an older key of the lot too", () => {
    const code = ticketCode(issue, macWith("last year's key"));
    expect(readTicket(code, { ...own, macs: [mac, macWith("last year's key")] }).ok).toBe(true);
  });

  it("of another lot is told apart from a forgery, even with the same key", () => {
    const code = ticketCode({ ...issue, lotId: LOT_ID.replace(/a11e$/, "a11f") }, mac);
    expect(readTicket(code, own)).toEqual({ ok: false, error: "other_lot" });
  });

  it("never takes another text for a ticket, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(readTicket(text, own).ok).toBe(false);
      }),
    );
    expect(readTicket("RESERVATION-4711", own)).toEqual({ ok: false, error: "not_a_ticket" });
  });
});
