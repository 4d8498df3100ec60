import { z } from "zod";
import { code } from "../../primitives.ts";
import { serialLoop } from "./serial-loop.ts";

const id = code.describe("Name of the board, as the points of the lanes use it.");
const profile = code.describe("Name of the board's profile: a file of firmware-configs/devices.");
const path = z
  .string()
  .regex(/^\//, "must be a whole path, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0")
  .describe("Serial port; take the name under /dev/serial/by-id, which survives a restart and another USB socket.");
const baud = z
  .literal([1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200])
  .describe("Speed of the line in bit/s; the board is set to the same.");
const unit = z.int().min(1).max(247).default(1).describe("Modbus address of the board (unit, slave).");

/** Lines of a GPIO chip of this computer. */
const gpio = z
  .strictObject({
    driver: z.literal("gpio").describe("Family of the board."),
    id,
    backend: z
      .enum(["chardev", "sysfs"])
      .default("chardev")
      .describe("How the kernel is asked: the character device, or sysfs where a kernel has nothing else."),
    chip: z
      .string()
      .min(1)
      .max(128)
      .describe("Label of the chip, like pinctrl-rp1 (`gpiodetect` lists them), or its path, like /dev/gpiochip0."),
    debounce_ms: z.int().min(0).max(50).default(5).describe("How long a level must last before it counts."),
    output_on: z.enum(["high", "low"]).default("high").describe("Level that turns a relay of this board on."),
    input_closed: z.enum(["high", "low"]).default("low").describe("Level that a closed contact gives."),
    bias: z
      .enum(["pull_up", "pull_down", "external"])
      .default("pull_up")
      .describe("Resistor that draws an open input to the other level; external when the board has its own."),
  })
  .describe("GPIO lines of this computer.");

const modbusTcp = z
  .strictObject({
    driver: z.literal("modbus_tcp").describe("Family of the board."),
    id,
    profile,
    host: z.string().min(1).max(253).describe("Address of the board; a fixed one in a network of its own."),
    port: z.int().min(1).max(65_535).default(502).describe("TCP port of the board."),
    unit,
  })
  .describe("Relay and input board on Modbus TCP.");

const modbusRtu = z
  .strictObject({
    driver: z.literal("modbus_rtu").describe("Family of the board."),
    id,
    profile,
    path,
    baud: baud.default(9_600),
    parity: z.enum(["none", "even", "odd"]).default("none").describe("Parity bit; the board is set to the same."),
    unit,
  })
  .describe("Relay and input board on Modbus RTU (RS-485); boards with the same path share the bus.");

/** A board with outputs, inputs or both; lanes name its channels in their points. */
export const board = z.discriminatedUnion("driver", [gpio, modbusTcp, modbusRtu, serialLoop]);

export type SiteBoard = z.infer<typeof board>;
export type GpioBoard = z.infer<typeof gpio>;
export type ModbusTcpBoard = z.infer<typeof modbusTcp>;
export type ModbusRtuBoard = z.infer<typeof modbusRtu>;
export type ModbusBoard = ModbusTcpBoard | ModbusRtuBoard;
