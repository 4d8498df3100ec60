import type { RelayBoardProfile, TimedPulse } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import { COIL_OFF, COIL_ON, type ModbusRequest } from "./modbus-line.ts";

const REGISTER_BITS = 16;

/** What turns an output off, whatever turned it on. */
export function offRequests(profile: RelayBoardProfile, output: Channel): readonly ModbusRequest[] {
  const { coil, nth } = place(profile, output);
  const off: ModbusRequest = { kind: "write_coil", address: coil, value: COIL_OFF };
  if (profile.pulse?.form !== "register_then_coil") return [off];
  return [{ kind: "write_coil", address: profile.pulse.start_address + nth, value: COIL_OFF }, off];
}

/**
 * What turns an output on for at most `leftMs` (null: until it is released): the board's own timed pulse where it has one
 * that fits, so that the output goes off also when this process is dead (SAFE-11), else a plain on.
 */
export function onRequests(
  profile: RelayBoardProfile,
  output: Channel,
  leftMs: number | null,
): readonly ModbusRequest[] {
  const { coil, nth } = place(profile, output);
  const plain: ModbusRequest = { kind: "write_coil", address: coil, value: COIL_ON };
  const { pulse } = profile;
  const time = pulse && leftMs !== null ? pulseTime(pulse, leftMs) : null;
  if (!pulse || time === null) return [plain];
  switch (pulse.form) {
    case "coil_time":
      return [{ kind: "write_coil", address: pulse.address + nth, value: time }];
    case "register_then_coil": {
      const words = pulse.time_words === 2 ? [time & 0xffff, time >>> REGISTER_BITS] : [time];
      return [
        { kind: "write_registers", address: pulse.time_address + nth * pulse.time_words, values: words },
        { kind: "write_coil", address: pulse.start_address + nth, value: COIL_ON },
      ];
    }
  }
}

/** The board's number for at most so many ms, or null when its least is longer than that. */
export function pulseTime({ unit_ms, least, most }: TimedPulse, leftMs: number): number | null {
  const time = Math.min(most, Math.floor(leftMs / unit_ms));
  return time < least ? null : time;
}

/** What reads the inputs that are used, in one request; null when none is. */
export function inputRead({ inputs }: RelayBoardProfile, used: readonly Channel[]): ModbusRequest | null {
  if (!inputs || used.length === 0) return null;
  switch (inputs.table) {
    case "coil":
    case "discrete_input":
      return { kind: "read", table: inputs.table, address: inputs.address, count: inputs.count };
    case "input_register_bits":
    case "holding_register_bits": {
      const table = inputs.table === "input_register_bits" ? "input_register" : "holding_register";
      return { kind: "read", table, address: inputs.address, count: Math.ceil(inputs.count / REGISTER_BITS) };
    }
  }
}

/** The used inputs in the answer; null when the answer has not all of them. */
export function inputStates(
  { inputs }: RelayBoardProfile,
  used: readonly Channel[],
  answer: readonly number[],
): ReadonlyMap<Channel, ContactState> | null {
  const states = new Map<Channel, ContactState>();
  if (!inputs) return states;
  const isBits = inputs.table === "coil" || inputs.table === "discrete_input";
  for (const channel of used) {
    const nth = Number(channel) - inputs.first;
    const word = answer[isBits ? nth : Math.floor(nth / REGISTER_BITS)];
    if (word === undefined) return null;
    const bit = isBits ? word : (word >> (nth % REGISTER_BITS)) & 1;
    states.set(channel, bit === inputs.closed_is ? "closed" : "open");
  }
  return states;
}

/** Place of an output among the board's, and its coil. Throws RangeError for a profile without outputs. */
function place({ outputs, name }: RelayBoardProfile, output: Channel): { readonly coil: number; readonly nth: number } {
  if (!outputs) throw new RangeError(`The profile ${name} has no outputs.`);
  const nth = Number(output) - outputs.first;
  return { coil: outputs.coil + nth, nth };
}
