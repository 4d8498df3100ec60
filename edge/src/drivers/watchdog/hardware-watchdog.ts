import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errorCode, errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { WatchdogPort } from "../../ports/watchdog/watchdog-port.ts";
import type { SystemCalls } from "../kernel/system-calls.ts";

/** Longest time to the restart that SAFE-10 allows, and the most that a Raspberry Pi's watchdog can count. */
export const WATCHDOG_TIMEOUT_MAX_S = 15;

/* Numbers and flags of the kernel's include/uapi/linux/watchdog.h. */
const GET_SUPPORT = 0x80285700;
const SET_TIMEOUT = 0xc0045706;
const KEEP_ALIVE = 0x80045705;
const INFO_BYTES = 40;
const FLAG_MAGIC_CLOSE = 0x0100;
/** Written before the close, it tells the kernel that the watchdog is to stand down (watchdog-api.rst, "magic close"). */
const MAGIC = "V";

/** - `watchdog_missing`: no such device; - `watchdog_busy`: another program feeds it; - `watchdog_failed`: it refuses. */
export type WatchdogErrorCode = "watchdog_missing" | "watchdog_busy" | "watchdog_failed";

export interface HardwareWatchdogOptions {
  /** /dev/watchdog or /dev/watchdog0. */
  readonly device: string;
  /** Seconds without food until the hardware restarts the machine, 1 to 15. */
  readonly timeoutS: number;
  readonly calls: SystemCalls;
}

/**
 * The watchdog of the machine, armed from now on. When this process dies without `stop`, also by SIGKILL, the kernel goes
 * on counting and the hardware restarts the machine. Throws `GatehouseError` with a `WatchdogErrorCode`.
 */
export function openHardwareWatchdog({ device, timeoutS, calls }: HardwareWatchdogOptions): WatchdogPort {
  const seconds = Math.min(Math.max(1, Math.floor(timeoutS)), WATCHDOG_TIMEOUT_MAX_S);
  const fd = open(device);
  const watchdog = new HardwareWatchdog(calls, fd);
  try {
    setTimeoutOf(calls, { fd, seconds });
    return watchdog;
  } catch (cause) {
    watchdog.stop();
    throw failure(`${device} can't be set to ${seconds} s: ${errorMessage(cause)}`, cause);
  }
}

class HardwareWatchdog implements WatchdogPort {
  readonly #calls: SystemCalls;
  #fd: number | null;

  constructor(calls: SystemCalls, fd: number) {
    this.#calls = calls;
    this.#fd = fd;
  }

  feed(): void {
    const fd = this.#fd;
    if (fd !== null) tryQuietly(() => this.#calls.ioctl(fd, KEEP_ALIVE, Buffer.alloc(4)));
  }

  stop(): void {
    const fd = this.#fd;
    if (fd === null) return;
    this.#fd = null;
    if (hasMagicClose(this.#calls, fd)) tryQuietly(() => void writeSync(fd, MAGIC));
    tryQuietly(() => closeSync(fd));
  }
}

/** The kernel writes back what the hardware really took; more than we asked for breaks SAFE-10. */
function setTimeoutOf(calls: SystemCalls, { fd, seconds }: { fd: number; seconds: number }): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(seconds);
  calls.ioctl(fd, SET_TIMEOUT, bytes);
  const taken = bytes.readInt32LE();
  if (taken > WATCHDOG_TIMEOUT_MAX_S) throw new Error(`it takes ${taken} s, more than ${WATCHDOG_TIMEOUT_MAX_S} s`);
}

function hasMagicClose(calls: SystemCalls, fd: number): boolean {
  const info = Buffer.alloc(INFO_BYTES);
  return tryQuietly(() => calls.ioctl(fd, GET_SUPPORT, info)) && (info.readUInt32LE() & FLAG_MAGIC_CLOSE) !== 0;
}

function open(device: string): number {
  try {
    return openSync(device, constants.O_WRONLY);
  } catch (cause) {
    switch (errorCode(cause)) {
      case "ENOENT":
      case "ENODEV":
        throw new GatehouseError("watchdog_missing", `There is no watchdog ${device} on this machine.`, { cause });
      case "EBUSY":
        throw new GatehouseError(
          "watchdog_busy",
          `${device} is fed by another program already, most often systemd (RuntimeWatchdogSec); leave GATEHOUSE_WATCHDOG out then.`,
          { cause },
        );
      default:
        throw failure(`${device} can't be opened: ${errorMessage(cause)}`, cause);
    }
  }
}

function failure(message: string, cause: unknown): GatehouseError {
  return new GatehouseError("watchdog_failed", message, { cause });
}

/** A watchdog that can't be fed restarts the machine; that is the answer to it, and there is no better one. */
function tryQuietly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
