import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";

const sources = [{ manual: "None: a board of the tests", edition: "-", section: "-" }];

/** Eight relays and eight inputs, relays with a timed pulse in the coil's place. */
export const EIGHT_WITH_PULSE: RelayBoardProfile = {
  kind: "relay_board",
  name: "eight-with-pulse",
  maker: "test",
  model: "8 relays, 8 inputs",
  sources,
  notes: [],
  bus: ["modbus_rtu", "modbus_tcp"],
  bauds: [],
  answer_ms: 50,
  outputs: { count: 8, first: 1, coil: 0 },
  inputs: { count: 8, first: 1, table: "discrete_input", address: 0, closed_is: 1 },
  pulse: { form: "coil_time", address: 0x0200, unit_ms: 100, least: 1, most: 0x7fff },
};

/** Six relays and six inputs counted from 0, inputs in a register, pulses in two steps. */
export const SIX_IN_REGISTERS: RelayBoardProfile = {
  ...EIGHT_WITH_PULSE,
  name: "six-in-registers",
  outputs: { count: 6, first: 0, coil: 16 },
  inputs: { count: 6, first: 0, table: "holding_register_bits", address: 0, closed_is: 0 },
  pulse: {
    form: "register_then_coil",
    time_address: 64,
    time_words: 2,
    start_address: 256,
    unit_ms: 1,
    least: 1,
    most: 65_535,
  },
};
