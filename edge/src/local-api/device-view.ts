import type { DeviceHealth } from "../ports/device-health.ts";

/** A relay or input board, or a detector on a wire, by its name in the site file. */
export interface BoardHealth extends DeviceHealth {
  readonly id: string;
  readonly driver: string;
}

/** What only the operating system can tell, looked up anew at each question. */
export interface HostFacts {
  /** `none`: nothing restarts this computer or the agent when it hangs. */
  readonly watchdog: "systemd" | "device" | "none";
  /** Celsius; null where it can't be read. */
  readonly cpuCelsius: number | null;
  /** Raspberry Pi firmware: supply voltage too low now or since boot; null on other computers. */
  readonly undervoltage: "now" | "since_boot" | "never" | null;
  /** Whether a GPIO line keeps its level when the process that had it is gone; null where the chip's driver doesn't say. */
  readonly gpioKeepsLevels: boolean | null;
  /** Mode bits of the local socket; null when it is not there. */
  readonly socketMode: number | null;
  /** Passages that wait in the file of debts for a working store. */
  readonly debtsWaiting: number;
}
