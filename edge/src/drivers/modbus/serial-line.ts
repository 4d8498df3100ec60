import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { field, type ModbusClient, openModbusLine } from "./library-line.ts";
import type { ModbusLine } from "./modbus-line.ts";

export interface SerialLineOptions {
  readonly path: string;
  readonly baud: number;
  readonly parity: "none" | "even" | "odd";
  /** Longest time that a board on this line takes before it begins to answer, ms. */
  readonly answerMs: number;
  readonly clock: Clock;
}

/** Start bit, eight data bits, parity or second stop bit, stop bit (Modbus over Serial Line V1.02, 2.5.1). */
const BITS_A_CHARACTER = 11;
/** Characters of silence between two frames (Modbus over Serial Line V1.02, 2.5.1.1). */
const SILENT_CHARACTERS = 3.5;
/** From 19,200 bit/s on the silence is fixed, ms (the same chapter). */
const LEAST_SILENCE_MS = 1.75;
/** Longest request and answer that the driver uses together, in characters. */
const MOST_CHARACTERS = 32;
/** What the computer, its USB converter and its scheduler may add, ms. */
const COMPUTER_MS = 25;

/** Time on the wire of so many characters, ms. */
export function charactersMs(characters: number, baud: number): number {
  return (characters * BITS_A_CHARACTER * 1_000) / baud;
}

/** Silence that a line needs between an answer and the next request, ms. */
export function silenceMs(baud: number): number {
  return Math.max(LEAST_SILENCE_MS, charactersMs(SILENT_CHARACTERS, baud));
}

/** An RS-485 bus on a serial port (Modbus RTU). The library behind it is loaded on the first use. */
export function serialLine({ path, baud, parity, answerMs, clock }: SerialLineOptions): ModbusLine {
  return openModbusLine({
    name: path,
    clock,
    timeoutMs: Math.ceil(charactersMs(MOST_CHARACTERS, baud) + answerMs + COMPUTER_MS),
    silenceMs: silenceMs(baud),
    // A late answer must not be taken for the answer to the next request: RTU frames carry no number.
    settleMs: Math.ceil(charactersMs(MOST_CHARACTERS, baud) + answerMs),
    connect: (client) => client.connectRTUBuffered(path, { baudRate: baud, parity, dataBits: 8, stopBits: 1 }),
    forgetUnasked,
    cantOpen: `The serial port ${path} can't be opened. Check that the converter is plugged in (ls /dev/serial/by-id), that the agent's user is in the group dialout, and that no other program has it open`,
  });
}

/**
 * The library looks for an answer in all that has come since the last one, so that an answer that a board said twice, or that
 * came after it was given up, would answer the next question like it, and each later one the question after it.
 */
function forgetUnasked(client: ModbusClient): void {
  const port = field(client, "_port");
  if (typeof port === "object" && port !== null) Reflect.set(port, "_buffer", Buffer.alloc(0));
}
