import { z } from "zod";
import { readers } from "./readers.ts";
import { serialPort } from "./serial-port.ts";

const driver = <Name extends string>(name: Name) => z.literal(name).describe("Family of the device.");

const sim = z
  .strictObject({ driver: driver("sim") })
  .describe("Simulated, offered on the agent's input/output socket.");

/** Languages that the displays and tickets of a lane can speak. */
export const laneLanguage = z.enum(["en", "de", "fr", "es", "it", "nl"]);

const serialText = z
  .strictObject({
    driver: driver("serial_text"),
    ...serialPort,
    protocol: z
      .enum(["line", "cd5220"])
      .default("line")
      .describe(
        "line: each text is one line ended by CR LF, as LED matrices take it. cd5220: ESC/POS customer display of two rows.",
      ),
    columns: z.int().min(8).max(128).default(20).describe("Characters in a row of the display."),
    charset: z
      .enum(["ascii", "latin1"])
      .default("ascii")
      .describe("Characters that the display knows; others are written without their accents."),
  })
  .describe("Text display on a serial port.");

const zvt = z
  .strictObject({
    driver: driver("zvt"),
    host: z.string().min(1).max(253).describe("Address of the terminal; a fixed one in the lot's own network."),
    port: z.int().min(1).max(65_535).default(20_007).describe("TCP port of the terminal; 20007 and 22000 are usual."),
    password: z
      .string()
      .regex(/^\d{6}$/, "must be six digits")
      .default("000000")
      .describe("The terminal's cash register password, six digits."),
    currency: z
      .literal(["EUR", "CHF", "GBP", "SEK", "DKK", "NOK", "PLN", "CZK"])
      .default("EUR")
      .describe("The terminal's currency; another one is refused before the driver is asked."),
    tries: z.int().min(1).max(10).default(3).describe("Cards that a driver may try for one amount."),
  })
  .describe("Payment terminal that speaks ZVT (PA00P015) over TCP.");

const escpos = z
  .strictObject({
    driver: driver("escpos"),
    ...serialPort,
    columns: z
      .int()
      .min(24)
      .max(64)
      .default(42)
      .describe("Characters in a line; 42 or 48 on paper of 80 mm, 32 on 58 mm."),
    code_pages: z
      .enum(["epson", "epson/legacy", "bixolon", "citizen", "xprinter", "pos-8360"])
      .default("epson")
      .describe("Whose numbers of code pages the printer has."),
    cut: z.enum(["full", "partial", "none"]).default("full").describe("How the ticket is cut."),
    presenter: z
      .enum(["none", "custom"])
      .default("none")
      .describe(
        "custom: a presenter that tells when the ticket is taken, by the full status of CUSTOM's VKP80. none: a ticket that is out counts as taken.",
      ),
  })
  .describe("ESC/POS ticket printer on a serial port.");

const callCentre = z
  .strictObject({
    driver: driver("http"),
    url: z
      .url({ protocol: /^https?$/ })
      .max(512)
      .describe("Where calls are put; /calls/CALL_ID is added. See docs/peripherals.md for what is sent."),
    token: z.string().min(16).max(256).describe("Bearer token that the call centre gave to this lot."),
    answer_max_s: z.int().min(5).max(600).default(60).describe("Nobody answered by then: the call has failed."),
    talk_max_s: z.int().min(10).max(3_600).default(600).describe("Longest call; then the line is hung up."),
  })
  .describe("Calls to an operator's call centre by HTTP.");

/** Devices of a lane that no safety rule depends on. Without a driver of its own, a lane with simulated wiring has its display, terminal, reader and intercom simulated. */
export const lanePeripherals = z.strictObject({
  languages: z
    .array(laneLanguage)
    .min(1)
    .max(4)
    .default(["en"])
    .describe("Languages of display and tickets; the display takes turns, a ticket speaks the first."),
  language_turn_ms: z
    .int()
    .min(1_000)
    .max(30_000)
    .default(3_000)
    .describe("How long the display stays with one language when there are several."),
  display: z.discriminatedUnion("driver", [sim, serialText]).optional().describe("Text for the driver."),
  terminal: z.discriminatedUnion("driver", [sim, zvt]).optional().describe("Payment terminal."),
  printer: z
    .discriminatedUnion("driver", [sim, escpos])
    .optional()
    .describe("Ticket printer; without it no tickets are given out here."),
  readers: readers.default([]).describe("Scanners, card readers, keypads and the buttons that are wired to them."),
  intercom: z.discriminatedUnion("driver", [sim, callCentre]).optional().describe("Voice link to an operator."),
});

export type LanePeripheralsConfig = z.infer<typeof lanePeripherals>;
export type LaneLanguage = z.infer<typeof laneLanguage>;
export type SerialTextConfig = z.infer<typeof serialText>;
export type ZvtConfig = z.infer<typeof zvt>;
export type EscposConfig = z.infer<typeof escpos>;
export type CallCentreConfig = z.infer<typeof callCentre>;
