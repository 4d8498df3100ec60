import { closeSync, constants, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { SystemCalls } from "../../kernel/system-calls.ts";
import { GpioError } from "../gpio-lines.ts";
import {
  type ChipInfo,
  emptyChipInfo,
  GET_CHIP_INFO,
  GET_LINE_INFO,
  type LineInfo,
  lineInfoOf,
  readChipInfo,
  readLineInfo,
} from "./uapi.ts";

/** The open character device of a chip. */
export interface OpenChip {
  readonly fd: number;
  readonly path: string;
  readonly info: ChipInfo;
}

/** What the drivers need of the machine's file system; a path of a device begins with `devices`. */
export interface ChipPlace {
  readonly calls: SystemCalls;
  /** Folder of the character devices: /dev. */
  readonly devices: string;
}

/** Opens the chip with this label or path. Throws `GpioError`; the caller closes `fd`. */
export function openChip(place: ChipPlace, chip: string): OpenChip {
  if (chip.startsWith("/")) return openDevice(place, chip);
  const all = chipPaths(place.devices).map((path) => openDevice(place, path));
  const found = all.filter(({ info }) => info.label === chip || info.name === chip);
  const [one] = found;
  for (const other of all) if (other !== one || found.length > 1) closeSync(other.fd);
  if (one && found.length === 1) return one;
  const labels = all.map(({ info }) => `${info.name} "${info.label}"`).join(", ");
  const what = one
    ? `More than one GPIO chip is labelled "${chip}"; write its path`
    : `There is no GPIO chip "${chip}"`;
  throw new GpioError("gpio_chip_missing", `${what}. Chips here: ${labels || "none"}.`);
}

/** What the kernel knows of a line. */
export function lineInfo(calls: SystemCalls, chip: OpenChip, offset: number): LineInfo {
  const bytes = lineInfoOf(offset);
  calls.ioctl(chip.fd, GET_LINE_INFO, bytes);
  return readLineInfo(bytes);
}

/** The place of a line on its chip, given by number or by name. Throws `gpio_line_unknown`. */
export function offsetOf(calls: SystemCalls, chip: OpenChip, line: Channel): number {
  const count = chip.info.lines;
  if (typeof line === "number") {
    if (line < count) return line;
    throw unknownLine(`${chip.path} has the lines 0 to ${count - 1}, no line ${line}`);
  }
  const found = Array.from({ length: count }, (_, offset) => offset).filter(
    (offset) => lineInfo(calls, chip, offset).name === line,
  );
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw unknownLine(
    one === undefined
      ? `${chip.path} has no line named "${line}"; gpioinfo lists the names`
      : `${chip.path} has ${found.length} lines named "${line}"; write the number`,
  );
}

function unknownLine(what: string): GpioError {
  return new GpioError("gpio_line_unknown", `${what}.`);
}

function chipPaths(devices: string): string[] {
  const names = readdirSync(devices).filter((name) => /^gpiochip\d+$/.test(name));
  return names.sort().map((name) => join(devices, name));
}

function openDevice({ calls }: ChipPlace, path: string): OpenChip {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR);
  } catch (cause) {
    throw openFailure(path, cause);
  }
  try {
    const bytes = emptyChipInfo();
    calls.ioctl(fd, GET_CHIP_INFO, bytes);
    return { fd, path, info: readChipInfo(bytes) };
  } catch (cause) {
    closeSync(fd);
    throw new GpioError("gpio_chip_missing", `${path} is no GPIO chip: ${errorMessage(cause)}`, { cause });
  }
}

function openFailure(path: string, cause: unknown): GpioError {
  const code = errorCode(cause);
  if (code === "EACCES" || code === "EPERM")
    return new GpioError("gpio_forbidden", `${path} may not be opened; put the agent's user into the group gpio.`, {
      cause,
    });
  if (code === "ENOENT") return new GpioError("gpio_chip_missing", `There is no ${path} on this machine.`, { cause });
  return new GpioError("gpio_failed", `${path} can't be opened: ${errorMessage(cause)}.`, { cause });
}
