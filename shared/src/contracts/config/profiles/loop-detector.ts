import { z } from "zod";
import { profileHead, statedMs, TO_BE_MEASURED } from "./source.ts";

const output = z.strictObject({
  name: z.string().min(1).max(60).describe("Name of the output in the manual."),
  gives: z
    .array(z.enum(["presence", "pulse", "fault"]))
    .min(1)
    .describe("What it can be set to tell."),
  contact: z
    .enum(["changeover", "normally_open", "normally_closed", "open_collector"])
    .optional()
    .describe("Kind of contact; left out where no manual was found that says it."),
  power_off: z
    .enum(["as_vehicle", "as_no_vehicle", "either"])
    .optional()
    .describe(
      "What it tells without power: as with a vehicle (fail-safe), as without (fail-secure), or as it is set; left out where no manual was found that says it, and then not taken for fail-safe.",
    ),
});

/** An inductive loop detector. */
export const loopDetectorProfile = z.strictObject({
  kind: z.literal("loop_detector"),
  ...profileHead,
  loops: z.int().min(1).max(8).describe("Loops that one device watches."),
  outputs: z.array(output).min(1).max(16).describe("Outputs of the device."),
  fault_as: z
    .enum(["vehicle", "no_vehicle", "either"])
    .optional()
    .describe("What a presence output tells while its loop is broken or shorted."),
  remembers_vehicle: z
    .union([z.boolean(), z.literal(TO_BE_MEASURED)])
    .describe("Whether a vehicle that stands on the loop is still seen after the power was away (SAFE-15)."),
  presence_limit: z
    .enum(["none", "selectable", "always"])
    .describe("Whether a vehicle that stands long is given up; must be off for the loop under the arm."),
  detect_ms: statedMs.optional().describe("From the vehicle to the output."),
  release_ms: statedMs.optional().describe("From the vehicle's leaving to the output."),
  tune_ms: statedMs.optional().describe("From power on to the first true word."),
});

export type LoopDetectorProfile = z.infer<typeof loopDetectorProfile>;
