import type { SerialPortSettings } from "@gatehouse/shared/contracts/config/site/serial-port.ts";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { backoffMs } from "@gatehouse/shared/kit/lifecycle.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { SerialPort } from "serialport";
import type { DeviceFault } from "../../ports/device-health.ts";

const BACKOFF = { firstMs: 500, maxMs: 10_000, jitter: 0.2 };
/** Bytes that may wait for a line that does not take them; beyond it writes are refused. */
const MAX_UNWRITTEN_BYTES = 65_536;

export interface SerialConnectionOptions {
  readonly settings: SerialPortSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly onBytes: (bytes: Buffer) => void;
  /** The line is open, for the first time or again; the device may have lost all it was told. */
  readonly onUp?: () => void;
  readonly onDown?: () => void;
}

/**
 * One serial port, kept open: while it can't be opened or after it is gone it is tried again, at first after half a second
 * and at last every ten. The library is loaded when the first port is opened, so that lots without serial devices need no
 * native code. Modem lines are left alone: adapters without them, and pseudo-terminals, refuse to be asked.
 */
export class SerialConnection {
  readonly #options: SerialConnectionOptions;
  #port: SerialPort | null = null;
  #open = false;
  #closed = false;
  #attempt = 0;
  #timer: Timer | null = null;
  #fault: DeviceFault | null = null;

  constructor(options: SerialConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  get connected(): boolean {
    return this.#open;
  }

  get lastFault(): DeviceFault | null {
    return this.#fault;
  }

  /** Keeps a fault for the doctor; the next one replaces it. */
  note(code: string, message: string): void {
    this.#fault = { code, message, at: this.#options.clock.wall() };
  }

  /** Sends bytes; false when the line is down or takes nothing any more. */
  write(bytes: Uint8Array): boolean {
    if (!this.#open || !this.#port || this.#port.writableLength > MAX_UNWRITTEN_BYTES) return false;
    this.#port.write(bytes);
    return true;
  }

  /** Lets the port go, for good. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const port = this.#port;
    this.#down();
    if (port?.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
  }

  #connect(): void {
    this.#openPort().catch((error: unknown) => {
      this.note("serial_failed", openFault(this.#options.settings.path, errorMessage(error)));
      this.#port = null;
      this.#retry();
    });
  }

  async #openPort(): Promise<void> {
    const { SerialPort } = await import("serialport");
    if (this.#closed) return;
    const { path, baud, parity, data_bits: dataBits } = this.#options.settings;
    const port = new SerialPort({ path, baudRate: baud, parity, dataBits, stopBits: 1, autoOpen: false });
    this.#port = port;
    port.on("data", (bytes: Buffer) => this.#options.onBytes(bytes));
    port.on("error", (error: Error) => this.note("serial_failed", `${path}: ${error.message}`));
    port.on("close", () => this.#lost(port));
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    if (this.#closed) return port.close();
    this.#attempt = 0;
    this.#open = true;
    this.#options.onUp?.();
  }

  #lost(port: SerialPort): void {
    if (port !== this.#port) return;
    const { path } = this.#options.settings;
    if (!this.#closed) this.note("unplugged", `${path} is gone; plug the device in again, or look at its cable.`);
    this.#down();
    this.#retry();
  }

  #down(): void {
    this.#port = null;
    if (!this.#open) return;
    this.#open = false;
    this.#options.onDown?.();
  }

  #retry(): void {
    if (this.#closed) return;
    const { clock, random } = this.#options;
    this.#timer = clock.after(backoffMs(BACKOFF, this.#attempt++, random), () => this.#connect());
  }
}

/** The kernel's and the library's words for why a port does not open, with what to do. */
function openFault(path: string, cause: string): string {
  if (/ENOENT|No such file/i.test(cause))
    return `There is no ${path}; plug the device in, or correct the path (see ls /dev/serial/by-id).`;
  if (/EACCES|Permission denied/i.test(cause))
    return `${path} may not be opened; add the agent's user to the group that owns it (usually dialout).`;
  if (/lock|EBUSY|temporarily unavailable/i.test(cause))
    return `${path} is in use by another program; stop it, or correct the path.`;
  return `${path} can't be opened: ${cause}`;
}
