import { existsSync, readFileSync, statSync } from "node:fs";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { z } from "zod";
import type { HostFacts } from "./device-view.ts";

/** Bits of the firmware's `get_throttled` (Raspberry Pi documentation, vcgencmd). */
const UNDERVOLTAGE_NOW = 0x1;
const UNDERVOLTAGE_SINCE_BOOT = 0x1_0000;

export interface HostPlaces {
  /** Where the kernel's `sys` file system is. */
  readonly sys: string;
  /** The hardware watchdog that the guard feeds; one that nobody feeds looks after nothing. */
  readonly watchdogDevice: string | null;
  /** `WATCHDOG_USEC` of the unit (sd_watchdog_enabled(3)); undefined without one. */
  readonly watchdogUsec: string | undefined;
  readonly socketPath: string;
  readonly debtFile: string;
}

/** Looks at the computer that the agent runs on. What can't be read is null, never a guess. */
export function hostFacts({ sys, watchdogDevice, watchdogUsec, socketPath, debtFile }: HostPlaces): HostFacts {
  return {
    watchdog: watchdogUsec !== undefined ? "systemd" : watchdogDevice !== null ? "device" : "none",
    cpuCelsius: cpuCelsius(sys),
    undervoltage: undervoltage(sys),
    gpioKeepsLevels: gpioKeepsLevels(sys),
    socketMode: existsSync(socketPath) ? statSync(socketPath).mode & 0o777 : null,
    debtsWaiting: debtsWaiting(debtFile),
  };
}

function cpuCelsius(sys: string): number | null {
  const text = readText(`${sys}/class/thermal/thermal_zone0/temp`);
  const thousandths = text === null ? Number.NaN : Number(text);
  return Number.isFinite(thousandths) ? Math.round(thousandths / 100) / 10 : null;
}

function undervoltage(sys: string): HostFacts["undervoltage"] {
  const text = readText(`${sys}/devices/platform/soc/soc:firmware/get_throttled`);
  if (text === null) return null;
  const bits = Number.parseInt(text, 16);
  if (Number.isNaN(bits)) return null;
  if (bits & UNDERVOLTAGE_NOW) return "now";
  return bits & UNDERVOLTAGE_SINCE_BOOT ? "since_boot" : "never";
}

/** Drivers of the Raspberry Pi's chips (Linux 6.9, `persist_gpio_outputs`; Raspberry Pi OS switches it on). */
const GPIO_DRIVERS = ["pinctrl_bcm2835", "pinctrl_rp1"];

function gpioKeepsLevels(sys: string): boolean | null {
  const said = GPIO_DRIVERS.map((driver) => readText(`${sys}/module/${driver}/parameters/persist_gpio_outputs`));
  if (said.includes("Y")) return true;
  return said.includes("N") ? false : null;
}

const debtLine = z.object({ key: z.string(), done: z.boolean().optional() });

/** Debts that no later line ends; the room that the file holds beyond its records is newlines. */
function debtsWaiting(path: string): number {
  const waiting = new Set<string>();
  for (const text of (readText(path) ?? "").split("\n")) {
    const line = debtLine.safeParse(parseJson(text));
    if (!line.success) continue;
    if (line.data.done) waiting.delete(line.data.key);
    else waiting.add(line.data.key);
  }
  return waiting.size;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
