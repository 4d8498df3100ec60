import { z } from "zod";
import { type ContactName, type LoopName, testedName } from "../../edge/io-socket.ts";

/**
 * Duty of the barrier's motor, IEC 60034-1: the share of time that it may run. The cycles an hour follow from 6 s of motor
 * time a cycle, 3 s each way.
 */
export const CYCLES_AN_HOUR = { s1: 600, s3_60: 360, s3_40: 240, s3_25: 150 } as const;

/** What protects a lane beside loop, photo-eye and limits, and how much its barrier stands. An input not named here is not asked for. */
export const protection = z
  .strictObject({
    second_channels: z
      .array(z.enum(["safety", "photo_eye"]))
      .max(2)
      .default([])
      .describe("Inputs with a second channel, safety_b and photo_eye_b, that must agree with the first (SAFE-14)."),
    safety_edge: z.boolean().default(false).describe("The arm has a pressure edge."),
    cabinet_door: z.boolean().default(false).describe("The cabinet's door has a contact; it raises an alarm."),
    key_switch: z.boolean().default(false).describe("There is a key switch at the lane."),
    standby_selector: z
      .boolean()
      .default(false)
      .describe(
        "Two agents share the outputs by a selector; without its contact closed no relay is ever on (SAFE-19).",
      ),
    tested: z
      .array(testedName)
      .max(3)
      .default([])
      .describe("Devices with a test input: each must pass its test before the arm closes (SAFE-13)."),
    motor_class: z
      .enum(["s1", "s3_60", "s3_40", "s3_25"])
      .default("s1")
      .describe("Duty of the barrier's motor by IEC 60034-1; gives the cycles an hour (SAFE-23)."),
    cycles_an_hour: z
      .int()
      .min(10)
      .max(3_600)
      .optional()
      .describe(
        "Cycles an hour by the barrier's manual, in place of the motor class; more is refused on the closing side.",
      ),
  })
  .superRefine(({ tested, second_channels, safety_edge }, context) => {
    const missing = (name: string, key: string): void =>
      context.addIssue({
        code: "custom",
        path: ["tested"],
        message: `${name} is tested but the lane has none; see ${key}`,
      });
    if (tested.includes("photo_eye_b") && !second_channels.includes("photo_eye"))
      missing("photo_eye_b", "second_channels");
    if (tested.includes("safety_edge") && !safety_edge) missing("safety_edge", "safety_edge");
  });

export type Protection = z.infer<typeof protection>;

/** Closes that a lane's barrier may begin within any hour. */
export function cyclesAnHour({ cycles_an_hour, motor_class }: Protection): number {
  return cycles_an_hour ?? CYCLES_AN_HOUR[motor_class];
}

/** The loops and contacts that a lane has to have wired; every other one it may lack. */
export function installedInputs(one: Protection): {
  readonly loops: readonly LoopName[];
  readonly contacts: readonly ContactName[];
} {
  const second = one.second_channels;
  return {
    loops: ["arming", "safety", "closing", ...(second.includes("safety") ? (["safety_b"] as const) : [])],
    contacts: [
      "photo_eye",
      "fire",
      ...(second.includes("photo_eye") ? (["photo_eye_b"] as const) : []),
      ...(one.safety_edge ? (["safety_edge"] as const) : []),
      ...(one.cabinet_door ? (["cabinet_door"] as const) : []),
      ...(one.key_switch ? (["key_switch"] as const) : []),
      ...(one.standby_selector ? (["outputs_enabled"] as const) : []),
    ],
  };
}
