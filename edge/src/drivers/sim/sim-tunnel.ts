import type { IoInput, IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";

/** An output without its time, which the socket adds when it writes. */
export type SimOutput = IoOutput extends infer One ? (One extends { t: string } ? Omit<One, "t"> : never) : never;
export type SimInput = Exclude<IoInput, { kind: "alive" }>;

/** Outputs of simulated peripherals: made on the main thread, written by the socket in the guard thread. */
export type SimPeripheralOutput = Extract<SimOutput, { kind: "display" | "terminal" | "ticket" | "intercom" }>;

type PeripheralLine = Extract<SimInput, { kind: "terminal" | "press" | "scan" | "printer" | "ticket" | "intercom" }>;

/** Inputs of simulated peripherals: read by the socket, meant for the main thread. */
export type SimPeripheralInput =
  | PeripheralLine
  /** Whether anybody plays the devices; without one, nothing can be paid or printed. */
  | { readonly kind: "feeders"; readonly present: boolean };

/** The way of simulated peripherals through the socket of the simulated lanes. */
export interface SimTunnel {
  put(output: SimPeripheralOutput): void;
  /** Calls back for each input, and with `feeders` when that changes. One listener. */
  onInput(listener: (input: SimPeripheralInput) => void): void;
}

const PERIPHERAL_LINES: readonly string[] = ["terminal", "press", "scan", "printer", "ticket", "intercom"];

/** Whether a line is for a peripheral, not for the guard. */
export function isPeripheralLine(input: SimInput): input is PeripheralLine {
  return PERIPHERAL_LINES.includes(input.kind);
}
