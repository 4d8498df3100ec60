import { z } from "zod";

/** A serial port of this computer, as the drivers of lines of bytes open it. */
export const serialPort = {
  path: z
    .string()
    .regex(/^\//, "must be a whole path, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0")
    .describe("Serial port; take the name under /dev/serial/by-id, which survives a restart and another USB socket."),
  baud: z
    .literal([1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200])
    .default(9_600)
    .describe("Speed of the line in bit/s; the device is set to the same."),
  parity: z.enum(["none", "even", "odd"]).default("none").describe("Parity bit; the device is set to the same."),
  data_bits: z.literal([7, 8]).default(8).describe("Data bits of a character; the device is set to the same."),
};

const settings = z.object(serialPort);

export type SerialPortSettings = z.infer<typeof settings>;
