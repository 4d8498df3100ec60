/**
 * What can go wrong with one request. `no_answer`: nothing came in time. `bad_answer`: something came, but not an answer to
 * this request. `refused`: the board answered with an exception. `line_down`: the line itself is gone; no other board on it
 * answers either.
 */
export type ModbusFault =
  | { readonly kind: "no_answer" }
  | { readonly kind: "bad_answer"; readonly why: string }
  /** Exception code of the Modbus specification, 7. */
  | { readonly kind: "refused"; readonly exception: number }
  | { readonly kind: "line_down"; readonly why: string };

export type ModbusAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ModbusFault };

export type ModbusTable = "coil" | "discrete_input" | "holding_register" | "input_register";

/** One request to one board. Addresses are those on the wire, from 0. */
export type ModbusRequest =
  | { readonly kind: "read"; readonly table: ModbusTable; readonly address: number; readonly count: number }
  /** Function 5. `value` is 0xff00 for on, 0 for off, or what a board makes of other values. */
  | { readonly kind: "write_coil"; readonly address: number; readonly value: number }
  /** Function 16. */
  | { readonly kind: "write_registers"; readonly address: number; readonly values: readonly number[] };

export const COIL_ON = 0xff00;
export const COIL_OFF = 0x0000;

/**
 * A line to one or more boards: an RS-485 bus or a TCP connection. It takes one request at a time; the caller waits for the
 * answer before the next one.
 */
export interface ModbusLine {
  /** Opens the line; answers `line_down` when it can't. May be called again after a loss. */
  open(): Promise<ModbusAnswer<void>>;
  /** Bits of coils and inputs as 0 and 1; nothing for writes. Never rejects; answers within its time-out. */
  request(unit: number, request: ModbusRequest): Promise<ModbusAnswer<readonly number[]>>;
  /**
   * Something waits that can't wait: an answer that is later than this board's answers are is given up as `no_answer`. The
   * answers of a board that has never answered are not waited for at all.
   */
  hurry(): void;
  /** Time until an answer that came too late is gone from the line, ms; 0 or less when nothing is in the way. */
  restMs(): number;
  /** Lets go of the line. May be called at any time. */
  close(): Promise<void>;
}

/** A fault in words for a technician. */
export function faultText(fault: ModbusFault): string {
  switch (fault.kind) {
    case "no_answer":
      return "it does not answer: check its power, the cable, its Modbus address, and speed and parity of the line";
    case "bad_answer":
      return `its answer is not understood (${fault.why}): check speed and parity, the bus's ends, and that no two boards have one address`;
    case "refused":
      return `it refuses the request with exception ${fault.exception}: its profile does not fit; check the model`;
    case "line_down":
      return fault.why;
  }
}
