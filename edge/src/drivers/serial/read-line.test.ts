import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { LineCutter, type LineCutterOptions } from "./line-cutter.ts";
import { type LineRules, readLine } from "./read-line.ts";

const CODES: LineRules = { reads: "code", prefix: "", suffix: "", aim: false, card_format: "text", buttons: {} };
const TICKET = "T0R5XJ00000000000000000AA";

function read(line: string, rules: Partial<LineRules> = {}): string {
  const result = readLine(Buffer.from(line, "latin1"), { ...CODES, ...rules });
  if (!result.ok) return result.error;
  const event = result.value;
  return event.kind === "press" ? `press ${event.button}` : `${event.scan.medium} ${event.scan.code}`;
}

describe("a line of a reader", () => {
  it.each([
    ["a QR code", "abc", {}, "qr abc"],
    ["a ticket by its form", TICKET, {}, `ticket ${TICKET}`],
    ["a ticket with the AIM id of QR", `]Q1${TICKET}`, { aim: true }, `ticket ${TICKET}`],
    ["a code without the AIM id", TICKET, { aim: true }, "no_aim_id"],
    ["a prefix and a suffix", "<abc>", { prefix: "<", suffix: ">" }, "qr abc"],
    ["no prefix where there should be one", "abc>", { prefix: "<", suffix: ">" }, "wrong_prefix"],
    ["no suffix where there should be one", "<abc", { prefix: "<", suffix: ">" }, "wrong_suffix"],
    ["prefix and suffix that overlap", "<", { prefix: "<", suffix: "<" }, "empty"],
    ["noise of a wrong speed", "a\x00\xffb", {}, "not_printable"],
    ["nothing but spaces", "   ", {}, "empty"],
    ["a code that is too long", "x".repeat(513), {}, "too_long"],
    ["a button", "BTN1", { buttons: { ticket: "BTN1", help: "BTN2" } }, "press ticket"],
    ["another button", "BTN2", { buttons: { ticket: "BTN1", help: "BTN2" } }, "press help"],
    ["a card as it comes", "0012345678", { reads: "card" }, "card 0012345678"],
    ["a card's UID", "04:a2:3b-1c", { reads: "card", card_format: "uid" }, "card 04A23B1C"],
    ["a UID of a wrong length", "04A23B", { reads: "card", card_format: "uid" }, "no_card"],
    ["26 bits: facility 17, number 4711", "22224CF", { reads: "card", card_format: "wiegand26" }, "card 17-4711"],
    ["26 bits with one of them wrong", "22224DF", { reads: "card", card_format: "wiegand26" }, "no_card"],
    ["27 bits", "42224CF", { reads: "card", card_format: "wiegand26" }, "no_card"],
    ["a PIN", "123456", { reads: "pin" }, "pin 123456"],
    ["a PIN after a slip", "12*3456", { reads: "pin" }, "pin 3456"],
    ["a PIN that is too short", "123", { reads: "pin" }, "no_pin"],
  ] as const)("%s", (_, line, rules, expected) => expect(read(line, rules)).toBe(expected));
});

function cut(options: Partial<LineCutterOptions> = {}): {
  clock: ManualClock;
  take: (text: string) => void;
  seen: string[];
} {
  const clock = new ManualClock();
  const seen: string[] = [];
  const cutter = new LineCutter({
    clock,
    ends: [0x0d, 0x0a],
    maxBytes: 8,
    gap: { ms: 0, means: "end" },
    line: (bytes) => seen.push(bytes.toString()),
    tooLong: () => seen.push("too long"),
    ...options,
  });
  return { clock, seen, take: (text) => cutter.take(Buffer.from(text)) };
}

describe("lines of a serial device", () => {
  it("end with CR, LF or both, however the bytes are cut", () => {
    const { take, seen } = cut();
    for (const piece of ["a", "b\r", "\ncd\n\n", "e", "f\r\r", "g"]) take(piece);
    expect(seen).toEqual(["ab", "cd", "ef"]);
  });

  it("are dropped up to their end when they are too long, and told once", () => {
    const { take, seen } = cut();
    for (let i = 0; i < 100; i++) take("123456789");
    take("\nok\n12345678\n");
    expect(seen).toEqual(["too long", "ok", "12345678"]);
  });

  it("end by silence where a device sends no end", () => {
    const { clock, take, seen } = cut({ gap: { ms: 50, means: "end" } });
    take("abc");
    clock.advance(49);
    take("d");
    clock.advance(49);
    expect(seen).toEqual([]);
    clock.advance(1);
    expect(seen).toEqual(["abcd"]);
  });

  it("are forgotten by silence where a person types", () => {
    const { clock, take, seen } = cut({ gap: { ms: 50, means: "forget" } });
    take("12");
    clock.advance(50);
    take("34\n");
    expect(seen).toEqual(["34"]);
  });
});
