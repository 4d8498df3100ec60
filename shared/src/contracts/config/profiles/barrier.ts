import { z } from "zod";
import { profileHead, statedMs, TO_BE_MEASURED } from "./source.ts";

const command = z.strictObject({
  terminal: z.string().min(1).max(100).describe("Name of the input in the manual."),
  contact: z
    .enum(["normally_open", "normally_closed"])
    .optional()
    .describe("Contact that the input wants; left out where no manual was found that says it."),
  form: z
    .union([z.enum(["pulse", "held"]), z.literal(TO_BE_MEASURED)])
    .describe("Whether a short contact is enough or it must be held."),
});

/** An operator with its own controller: what its inputs want and its outputs tell. */
export const barrierProfile = z.strictObject({
  kind: z.literal("barrier"),
  ...profileHead,
  commands: z
    .strictObject({
      raise: command,
      lower: command,
      stop: command.optional(),
      hold: command.optional().describe("Input that keeps the arm up and refuses every other command."),
    })
    .describe("Inputs of the controller."),
  pulse_ms: z
    .strictObject({ least: statedMs, most: statedMs.optional() })
    .optional()
    .describe("How long a command's contact must be closed."),
  travel_ms: z
    .strictObject({ up: statedMs, down: statedMs })
    .describe("Time of the arm from end to end, slowest setting or longest arm of the model."),
  limit_outputs: z
    .strictObject({ up: z.string().max(200), down: z.string().max(200) })
    .optional()
    .describe("Outputs that tell the ends of travel, and how they are set up; left out where the controller has none."),
  duty: z
    .strictObject({
      cycles_per_hour: z.int().min(1).max(3_600).optional().describe("Cycles an hour by the manual."),
      motor_class: z.string().max(60).optional().describe("Duty as the manual says it, like 100 % or S1."),
    })
    .describe("How much the operator stands (SAFE-23)."),
  priority: z
    .enum(["raise", "lower", "last", "unstated"])
    .describe("What the controller does when raise and lower are both closed."),
  power_failure: z
    .enum(["stays", "rises", "falls", "by_model", "unstated"])
    .default("unstated")
    .describe("What the arm does when the power goes; by_model where the order says it."),
  power_return: z
    .enum(["stays", "closes", "settable", "unstated"])
    .default("unstated")
    .describe("Whether the controller lowers an open arm by itself when the power comes back."),
  own_close: z
    .string()
    .max(400)
    .describe(
      "The controller's own automatic close, and how it is switched off: the lane alone decides when to lower.",
    ),
  safety_inputs: z.array(z.string().max(300)).max(8).default([]).describe("Inputs that the controller itself obeys."),
});

export type BarrierProfile = z.infer<typeof barrierProfile>;
