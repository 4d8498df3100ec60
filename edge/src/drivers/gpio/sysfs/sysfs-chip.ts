import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { GpioError } from "../gpio-lines.ts";

/** Folder of the kernel's old interface to GPIO. */
export const GPIO_CLASS = "/sys/class/gpio";
const GPIO_DEVICES = "/sys/bus/gpio/devices";

/** A chip as sysfs shows it: its lines have the global numbers from `base` on, and `base` is not 0 on new kernels. */
export interface SysfsChip {
  readonly path: string;
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

/** The chip with this label, or with this path under /dev or /sys/class/gpio. Throws `gpio_chip_missing`. */
export function findChip(chip: string): SysfsChip {
  const all = allChips();
  const found = all.filter((one) => one.label === chip || one.path === chip || isDevice(one, chip));
  const [one] = found;
  if (one && found.length === 1) return one;
  const known = all.map(({ path, label }) => `${path} "${label}"`).join(", ") || "none";
  const what = one
    ? `More than one GPIO chip fits "${chip}"; write its path`
    : `There is no GPIO chip "${chip}" in sysfs`;
  throw new GpioError("gpio_chip_missing", `${what}. Chips there: ${known}.`);
}

/** The number that sysfs gives a line. Throws `gpio_line_unknown`, also for a name: sysfs knows numbers only. */
export function globalNumber(chip: SysfsChip, line: Channel): number {
  if (typeof line === "string")
    throw new GpioError(
      "gpio_line_unknown",
      `sysfs doesn't know "${line}"; write the line's number, or backend: chardev.`,
    );
  if (line < chip.lines) return chip.base + line;
  throw new GpioError("gpio_line_unknown", `${chip.path} has the lines 0 to ${chip.lines - 1}, no line ${line}.`);
}

function allChips(): SysfsChip[] {
  try {
    const names = readdirSync(GPIO_CLASS).filter((name) => /^gpiochip\d+$/.test(name));
    return names.sort().map((name) => chipAt(join(GPIO_CLASS, name)));
  } catch (cause) {
    const message = `${GPIO_CLASS} can't be read: this kernel has no GPIO in sysfs. Write backend: chardev in the site file.`;
    throw new GpioError("gpio_unsupported", message, { cause });
  }
}

function chipAt(path: string): SysfsChip {
  const read = (name: string): string => readFileSync(join(path, name), "utf8").trim();
  return { path, label: read("label"), base: Number(read("base")), lines: Number(read("ngpio")) };
}

/** True for the chip whose character device is `path`: both hang below the same device of the machine. */
function isDevice(chip: SysfsChip, path: string): boolean {
  if (dirname(path) !== "/dev") return false;
  try {
    return realpathSync(join(chip.path, "device")) === dirname(realpathSync(join(GPIO_DEVICES, basename(path))));
  } catch {
    return false;
  }
}
