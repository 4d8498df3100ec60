/*
 * Structures and numbers of the GPIO character device, second version, as in the kernel's include/uapi/linux/gpio.h (since
 * 5.10). They have the same layout on every 64-bit and 32-bit processor, little endian on all that we run on.
 */

const MAGIC = 0xb4;
const READ = 2;
const READ_WRITE = 3;

/** `_IOC` of asm-generic/ioctl.h. */
function request(direction: number, number: number, bytes: number): number {
  return ((direction << 30) | (bytes << 16) | (MAGIC << 8) | number) >>> 0;
}

const NAME_BYTES = 32;
const CHIP_INFO_BYTES = 68;
const LINE_INFO_BYTES = 256;
const LINE_REQUEST_BYTES = 592;
const LINE_VALUES_BYTES = 16;
export const LINE_EVENT_BYTES = 48;

export const GET_CHIP_INFO = request(READ, 0x01, CHIP_INFO_BYTES);
export const GET_LINE_INFO = request(READ_WRITE, 0x05, LINE_INFO_BYTES);
export const GET_LINE = request(READ_WRITE, 0x07, LINE_REQUEST_BYTES);
export const GET_VALUES = request(READ_WRITE, 0x0e, LINE_VALUES_BYTES);
export const SET_VALUES = request(READ_WRITE, 0x0f, LINE_VALUES_BYTES);

/** Most lines of one request (`GPIO_V2_LINES_MAX`). */
export const LINES_MAX = 64;

/** `enum gpio_v2_line_flag`. */
export const FLAG = {
  used: 1,
  activeLow: 1 << 1,
  input: 1 << 2,
  output: 1 << 3,
  edgeRising: 1 << 4,
  edgeFalling: 1 << 5,
  pullUp: 1 << 8,
  pullDown: 1 << 9,
  biasDisabled: 1 << 10,
} as const;

const ATTRIBUTE_OUTPUT_VALUES = 2;
const ATTRIBUTE_DEBOUNCE = 3;
const EVENT_RISING_EDGE = 1;

export interface ChipInfo {
  readonly name: string;
  readonly label: string;
  readonly lines: number;
}

export interface LineInfo {
  readonly name: string;
  readonly consumer: string;
  readonly isUsed: boolean;
}

export interface LineRequest {
  readonly offsets: readonly number[];
  readonly consumer: string;
  readonly flags: number;
  /** Microseconds; inputs only. */
  readonly debounceUs: number;
  /** How many edges the kernel keeps for us; beyond it the oldest are lost. */
  readonly eventBuffer: number;
}

export interface LineEvent {
  /** Nanoseconds of CLOCK_MONOTONIC. */
  readonly atNs: bigint;
  readonly isRising: boolean;
  readonly offset: number;
}

/** `struct gpiochip_info`, empty. */
export function emptyChipInfo(): Buffer {
  return Buffer.alloc(CHIP_INFO_BYTES);
}

/** Reads `struct gpiochip_info` (linux/gpio.h), as GPIO_GET_CHIPINFO_IOCTL fills it. */
export function readChipInfo(bytes: Buffer): ChipInfo {
  return { name: text(bytes, 0), label: text(bytes, NAME_BYTES), lines: bytes.readUInt32LE(2 * NAME_BYTES) };
}

/** `struct gpio_v2_line_info` that asks about one line. */
export function lineInfoOf(offset: number): Buffer {
  const bytes = Buffer.alloc(LINE_INFO_BYTES);
  bytes.writeUInt32LE(offset, 2 * NAME_BYTES);
  return bytes;
}

/** Reads `struct gpio_v2_line_info`, as GPIO_V2_GET_LINEINFO_IOCTL fills it. */
export function readLineInfo(bytes: Buffer): LineInfo {
  const flags = bytes.readBigUInt64LE(72);
  return { name: text(bytes, 0), consumer: text(bytes, NAME_BYTES), isUsed: (flags & BigInt(FLAG.used)) !== 0n };
}

/** `struct gpio_v2_line_request`; outputs begin at their inactive level. */
export function lineRequestOf({ offsets, consumer, flags, debounceUs, eventBuffer }: LineRequest): Buffer {
  const bytes = Buffer.alloc(LINE_REQUEST_BYTES);
  for (const [at, offset] of offsets.entries()) bytes.writeUInt32LE(offset, at * 4);
  bytes.write(consumer.slice(0, NAME_BYTES - 1), 256);
  const config = 288;
  bytes.writeBigUInt64LE(BigInt(flags), config);
  const all = (1n << BigInt(offsets.length)) - 1n;
  if ((flags & FLAG.output) !== 0) attribute(bytes, config, { id: ATTRIBUTE_OUTPUT_VALUES, value: 0n, mask: all });
  else if (debounceUs > 0) attribute(bytes, config, { id: ATTRIBUTE_DEBOUNCE, value: BigInt(debounceUs), mask: all });
  bytes.writeUInt32LE(offsets.length, 560);
  bytes.writeUInt32LE(eventBuffer, 564);
  return bytes;
}

/** The descriptor that the kernel put into an answered request. */
export function readRequestFd(bytes: Buffer): number {
  return bytes.readInt32LE(588);
}

/** `struct gpio_v2_line_values`: the lines of `mask`, by their place in the request. */
export function lineValuesOf(mask: bigint, bits: bigint): Buffer {
  const bytes = Buffer.alloc(LINE_VALUES_BYTES);
  bytes.writeBigUInt64LE(bits, 0);
  bytes.writeBigUInt64LE(mask, 8);
  return bytes;
}

/** Reads the values of `struct gpio_v2_line_values`: bit n is the line requested at place n. */
export function readLineBits(bytes: Buffer): bigint {
  return bytes.readBigUInt64LE(0);
}

/** The `struct gpio_v2_line_event`s of one read. */
export function readLineEvents(bytes: Buffer): LineEvent[] {
  const count = Math.floor(bytes.length / LINE_EVENT_BYTES);
  return Array.from({ length: count }, (_, nth) => {
    const at = nth * LINE_EVENT_BYTES;
    return {
      atNs: bytes.readBigUInt64LE(at),
      isRising: bytes.readUInt32LE(at + 8) === EVENT_RISING_EDGE,
      offset: bytes.readUInt32LE(at + 12),
    };
  });
}

/** The one attribute of a request: `struct gpio_v2_line_config_attribute`. */
function attribute(
  bytes: Buffer,
  config: number,
  { id, value, mask }: { id: number; value: bigint; mask: bigint },
): void {
  const at = config + 32;
  bytes.writeUInt32LE(1, config + 8);
  bytes.writeUInt32LE(id, at);
  bytes.writeBigUInt64LE(value, at + 8);
  bytes.writeBigUInt64LE(mask, at + 16);
}

function text(bytes: Buffer, at: number): string {
  const field = bytes.subarray(at, at + NAME_BYTES);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? NAME_BYTES : end);
}
