import type { SerialLinesConfig } from "@gatehouse/shared/contracts/config/site/readers.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { DeviceHealth } from "../../ports/device-health.ts";
import { MAX_SCAN_CODE, type ReaderEvent, type ReaderPort, SAME_SCAN_MS } from "../../ports/reader/reader-port.ts";
import { repeatFilter } from "../../ports/reader/repeat-filter.ts";
import { LineCutter } from "./line-cutter.ts";
import { type LineFault, readLine } from "./read-line.ts";
import { SerialConnection } from "./serial-connection.ts";

const CR_LF_ETX: readonly number[] = [0x0d, 0x0a, 0x03];
/** Keypads end a PIN with `#`. */
const HASH = 0x23;
/** Prefix, suffix and AIM id around the longest code. */
const MAX_LINE_BYTES = MAX_SCAN_CODE + 32;
/** A PIN that nobody goes on typing is forgotten, ms. */
const PIN_GAP_MS = 10_000;

const FAULTS: Readonly<Record<LineFault, string>> = {
  not_printable: "The reader sends what is no text; set the speed, parity and data bits of both sides to the same.",
  wrong_prefix: "A line came without the prefix of the site file; set the same prefix at the reader.",
  wrong_suffix: "A line came without the suffix of the site file; set the same suffix at the reader.",
  no_aim_id: "A code came without its AIM id; switch the id on at the reader, or set aim to false.",
  empty: "A code came that is empty.",
  no_card: "A line is no card number of the format in the site file.",
  no_pin: "A line is no PIN of 4 to 12 digits.",
  too_long: `A code is longer than ${MAX_SCAN_CODE} characters.`,
};

export interface SerialReaderOptions {
  readonly config: SerialLinesConfig;
  readonly clock: Clock;
  readonly random: Random;
}

/** A scanner, card reader or keypad that sends lines over a serial port. */
export class SerialReader implements ReaderPort {
  readonly #config: SerialLinesConfig;
  readonly #connection: SerialConnection;
  readonly #listeners = new Set<(event: ReaderEvent) => void>();
  readonly #isRepeat: (code: string) => boolean;

  constructor({ config, clock, random }: SerialReaderOptions) {
    this.#config = config;
    this.#isRepeat = repeatFilter(clock, SAME_SCAN_MS);
    const isPin = config.reads === "pin";
    const cutter = new LineCutter({
      clock,
      ends: isPin ? [...CR_LF_ETX, HASH] : CR_LF_ETX,
      maxBytes: MAX_LINE_BYTES,
      gap: isPin ? { ms: PIN_GAP_MS, means: "forget" } : { ms: config.gap_ms, means: "end" },
      line: (line) => this.#line(line),
      tooLong: () => this.#fault("too_long"),
    });
    this.#connection = new SerialConnection({
      settings: config,
      clock,
      random,
      onBytes: (bytes) => cutter.take(bytes),
      onDown: () => cutter.reset(),
    });
  }

  watch(listener: (event: ReaderEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  health(): DeviceHealth {
    const { connected, lastFault } = this.#connection;
    return { connected, detail: null, lastFault };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #line(line: Buffer): void {
    const read = readLine(line, this.#config);
    if (!read.ok) return this.#fault(read.error);
    const event = read.value;
    // Somebody who types a PIN again means it; a scanner that sees the same code again does not.
    if (event.kind === "scan" && this.#config.reads !== "pin" && this.#isRepeat(event.scan.code)) return;
    for (const listener of this.#listeners) listener(event);
  }

  #fault(code: LineFault): void {
    this.#connection.note(code, FAULTS[code]);
  }
}
