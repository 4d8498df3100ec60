import { z } from "zod";
import { code } from "../../primitives.ts";
import { serialPort } from "./serial-port.ts";

const id = code.describe("Name of the reader, as faults and the doctor call it.");
const printable = z.string().regex(/^[\x20-\x7e]*$/, "must be printable ASCII");

const serialLines = z
  .strictObject({
    driver: z.literal("serial_lines").describe("Family of the device."),
    id,
    ...serialPort,
    reads: z
      .enum(["code", "card", "pin"])
      .describe("code: QR codes and barcodes, tickets are told from others by their form. card: numbers. pin: digits."),
    prefix: printable.max(8).default("").describe("Characters that the device puts before each code."),
    suffix: printable.max(8).default("").describe("Characters that it puts behind, before CR or LF."),
    aim: z.boolean().default(false).describe("The device puts the AIM symbology id before each code, like ]Q1."),
    gap_ms: z
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .describe("A code ends after so long a silence, for devices that send no CR or LF; 0 waits for CR or LF."),
    card_format: z
      .enum(["text", "uid", "wiegand26"])
      .default("text")
      .describe(
        "text: as it comes. uid: hexadecimal of 4, 7 or 10 bytes, separators removed. wiegand26: 26 bits as hexadecimal, becomes FACILITY-NUMBER.",
      ),
    buttons: z
      .strictObject({
        ticket: printable.min(1).max(32).optional().describe("Line that means: the ticket button was pressed."),
        help: printable.min(1).max(32).optional().describe("Line that means: the help button was pressed."),
      })
      .default({})
      .describe("Push buttons at the device's own inputs."),
  })
  .describe("Scanner, card reader or keypad that sends lines over a serial port.");

const sim = z
  .strictObject({ driver: z.literal("sim").describe("Family of the device."), id })
  .describe("Simulated, offered on the agent's input/output socket.");

export const readers = z.array(z.discriminatedUnion("driver", [sim, serialLines])).max(4);

export type SiteReader = z.infer<typeof readers>[number];
export type SerialLinesConfig = z.infer<typeof serialLines>;
