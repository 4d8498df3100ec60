import { z } from "zod";
import { profileHead } from "./source.ts";

const address = z.int().min(0).max(65_535);
const channels = {
  count: z.int().min(1).max(64).describe("How many channels there are."),
  first: z.int().min(0).max(1).describe("Number that is printed at the first one."),
};

const coilTime = z
  .strictObject({
    form: z.literal("coil_time").describe("Function 5 takes the time in place of on or off."),
    address: address.describe("Address of the first channel's timed pulse; the next channels follow."),
    unit_ms: z.int().min(1).max(1_000).describe("What 1 stands for, ms."),
    least: z.int().min(1).max(65_535).describe("Least number that the board takes."),
    most: z.int().min(1).max(65_535).describe("Greatest number that the board takes."),
  })
  .describe("Relay on for a time, in one command.");

const timeThenStart = z
  .strictObject({
    form: z.literal("register_then_coil").describe("A register takes the time, then a coil starts the pulse."),
    time_address: address.describe("Register of the first channel's time on."),
    time_words: z.literal([1, 2]).describe("Registers a channel; of two the low word comes first."),
    start_address: address.describe("Coil that starts the first channel's pulse."),
    unit_ms: z.number().min(0.1).max(10_000).describe("What 1 stands for, ms."),
    least: z.int().min(1).max(65_535).describe("Least number that the board takes."),
    most: z.int().min(1).max(65_535).describe("Greatest number that the board takes."),
  })
  .describe("Relay on for a time, in two commands.");

const watchdog = z
  .strictObject({
    after_ms: z
      .strictObject({
        least: z.int().min(1).describe("Shortest time that can be set, ms."),
        most: z.int().min(1).describe("Longest time that can be set, ms."),
      })
      .optional()
      .describe("Time without a request after which the board acts by itself."),
    set_up: z.string().min(1).max(500).describe("How an installer switches it on, and to which value."),
  })
  .describe("The board turns its relays off by itself when the computer no longer speaks.");

/** A board of relays and inputs on Modbus; the addresses are those on the wire, from 0. */
export const relayBoardProfile = z
  .strictObject({
    kind: z.literal("relay_board"),
    ...profileHead,
    bus: z
      .array(z.enum(["modbus_rtu", "modbus_tcp"]))
      .min(1)
      .describe("Buses that the board speaks."),
    bauds: z.array(z.int()).default([]).describe("Speeds that an RTU board can be set to, bit/s."),
    answer_ms: z
      .int()
      .min(1)
      .max(1_000)
      .default(50)
      .describe("Longest time from the end of a request to the first byte of the answer, ms."),
    outputs: z
      .strictObject({ ...channels, coil: address.describe("Coil of the first output (functions 1 and 5).") })
      .optional()
      .describe("Relays or transistor outputs."),
    inputs: z
      .strictObject({
        ...channels,
        table: z
          .enum(["discrete_input", "coil", "input_register_bits", "holding_register_bits"])
          .describe("Where the inputs stand: function 2, 1, or as bits of one register (4, 3)."),
        address: address.describe("Address of the first input, or of the register."),
        closed_is: z.literal([0, 1]).default(1).describe("Bit that a closed contact gives."),
      })
      .optional()
      .describe("Digital inputs."),
    pulse: z
      .discriminatedUnion("form", [coilTime, timeThenStart])
      .optional()
      .describe("The board's own timed pulse, which ends also when the computer is dead (SAFE-11)."),
    watchdog: watchdog.optional(),
  })
  .refine(({ outputs, inputs }) => outputs !== undefined || inputs !== undefined, "has neither outputs nor inputs")
  .refine((board) => !pulseMeetsCoils(board), {
    path: ["pulse", "address"],
    error: "lies among the coils of the outputs: the answer to a pulse could be taken for that to an off",
  });

interface PulsedOutputs {
  readonly outputs?: { readonly coil: number; readonly count: number } | undefined;
  readonly pulse?: z.infer<typeof coilTime> | z.infer<typeof timeThenStart> | undefined;
}

function pulseMeetsCoils({ outputs, pulse }: PulsedOutputs): boolean {
  if (outputs === undefined || pulse?.form !== "coil_time") return false;
  return Math.abs(pulse.address - outputs.coil) < outputs.count;
}

export type RelayBoardProfile = z.infer<typeof relayBoardProfile>;
export type TimedPulse = NonNullable<RelayBoardProfile["pulse"]>;
