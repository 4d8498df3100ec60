import { z } from "zod";
import { code } from "../../primitives.ts";
import { serialPort } from "./serial-port.ts";

const hexBytes = z.string().regex(/^([0-9a-fA-F]{2}){1,16}$/, "must be 1 to 16 bytes as hexadecimal, like 0203");

const lineFrame = z
  .strictObject({
    kind: z.literal("line").describe("Lines of text, ended by CR, LF or both."),
    template: z
      .string()
      .max(32)
      .regex(/^[\x20-\x7e]*$/, "must be printable ASCII")
      .refine((text) => text.split("{channel}").length === 2 && text.split("{state}").length === 2, {
        error: "must have {channel} and {state} once each, like L{channel}={state}",
      })
      .default("{channel}={state}")
      .describe("How a line tells the state of one channel; several may stand in a line, parted by commas or spaces."),
    closed: z.string().min(1).max(8).default("1").describe("State that counts as a closed contact."),
    open: z.string().min(1).max(8).default("0").describe("State that counts as an open contact."),
  })
  .describe("Detector that sends lines.");

const byteFrame = z
  .strictObject({
    kind: z.literal("bytes").describe("Messages of a fixed length."),
    header: hexBytes.describe("Bytes that each message begins with, as hexadecimal."),
    length: z.int().min(2).max(32).describe("Bytes of a whole message, header and check included."),
    status_at: z
      .int()
      .min(1)
      .max(31)
      .describe("Which byte has the states, counted from 0; its lowest bit is channel 1."),
    check: z.enum(["none", "xor", "sum"]).default("none").describe("Last byte: XOR, or sum, of all before it."),
    set_is: z.enum(["closed", "open"]).default("closed").describe("State of the contact that a set bit counts as."),
  })
  .refine(
    ({ header, length, status_at, check }) =>
      status_at * 2 >= header.length && status_at < length - (check === "none" ? 0 : 1),
    {
      path: ["status_at"],
      error: "must be a byte behind the header, and before the check",
    },
  )
  .describe("Detector that sends bytes.");

/** A loop detector that tells its loops over a serial line; its channels are inputs only. */
export const serialLoop = z
  .strictObject({
    driver: z.literal("serial_loop").describe("Family of the board."),
    id: code.describe("Name of the board, as the points of the lanes use it."),
    ...serialPort,
    frame: z.discriminatedUnion("kind", [lineFrame, byteFrame]).describe("How the detector tells its states."),
    ask: hexBytes
      .optional()
      .describe("What it is asked with, as hexadecimal; without it the detector tells by itself."),
    every_ms: z
      .int()
      .min(10)
      .max(1_000)
      .default(25)
      .describe("How often it is asked, or looked whether it still tells."),
    silent_ms: z
      .int()
      .min(50)
      .max(5_000)
      .default(250)
      .describe("A detector that tells nothing for so long is gone, and its loops are unknown."),
  })
  .describe("Loop detector on a serial line.");

export type SerialLoopBoard = z.infer<typeof serialLoop>;
