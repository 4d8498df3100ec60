import { z } from "zod";
import { code } from "../../primitives.ts";
import { inputPoint, outputPoint } from "./points.ts";

const sim = z
  .strictObject({ driver: z.literal("sim").describe("Family of the lane's inputs and outputs.") })
  .describe("Simulated inputs and outputs, offered on the agent's input/output socket.");

const barrier = z.strictObject({
  profile: code.optional().describe("Name of the operator's profile in firmware-configs/devices/barriers."),
  raise: outputPoint.describe("Relay at the controller's open input."),
  lower: outputPoint.describe("Relay at the controller's close input."),
  stop: outputPoint.optional().describe("Relay at the controller's stop input, where it is wanted."),
  hold: outputPoint.optional().describe("Relay at the controller's hold-open input, where it has one."),
  light: outputPoint.optional().describe("Traffic light: on is green, off is red."),
  tests: z
    .strictObject({
      photo_eye: outputPoint.optional().describe("Output that interrupts the photo-eye for its test."),
      photo_eye_b: outputPoint.optional().describe("Output that interrupts the second channel for its test."),
      safety_edge: outputPoint.optional().describe("Output that makes the edge act for its test."),
    })
    .default({})
    .describe("Outputs that put a monitored device into its test (SAFE-13)."),
  limits: z
    .strictObject({
      up: inputPoint("closed", "nobody knows when the arm is up, so it would never be lowered (SAFE-09)").describe(
        "The controller's contact for: arm fully up.",
      ),
      down: inputPoint("closed", "nobody knows when the arm is down, so it counts as up (SAFE-09)").describe(
        "The controller's contact for: arm fully down.",
      ),
    })
    .describe("Ends of the arm's travel, told by the controller; a cut wire is a position that nobody knows."),
});

export const detectedLoop = z.enum(["arming", "safety", "closing", "safety_b"]);

const loops = z.strictObject({
  arming: inputPoint("closed", "nothing opens for a vehicle that no loop sees (SAFE-25)").describe(
    "Vehicle in front of the barrier. Closed means a vehicle, so that a cut wire feigns none (SAFE-25).",
  ),
  safety: inputPoint(
    "open",
    "the arm could come down on a vehicle; it is never lowered without this loop (SAFE-02)",
  ).describe("Vehicle under the arm; fail-safe output of the detector."),
  closing: inputPoint(
    "open",
    "nobody sees that a vehicle has left, so the lane can't count or close after it",
  ).describe("Vehicle behind the arm; fail-safe output of the detector."),
  safety_b: inputPoint("open").optional().describe("Second channel of the loop under the arm (SAFE-14)."),
  detectors: z
    .array(
      z.strictObject({
        profile: code.optional().describe("Name of the detector's profile in firmware-configs/devices/loop-detectors."),
        loops: z.array(detectedLoop).min(1).max(4).describe("Loops that this detector serves."),
        fault: inputPoint("open")
          .optional()
          .describe("The detector's fault output; its loops read as fault meanwhile."),
        power: z
          .union([inputPoint("open"), z.literal("with_board")])
          .optional()
          .describe(
            "Contact of a relay at the detector's supply, closed while there is power; or `with_board`: one supply feeds the detector and the board that its loop is wired to (SAFE-15).",
          ),
      }),
    )
    .max(4)
    .default([])
    .describe("Which detector serves which loops."),
});

const contacts = z.strictObject({
  photo_eye: inputPoint(
    "open",
    "a loop doesn't see a person, a bicycle or a drawbar; the arm could come down on them (SAFE-02)",
  ).describe("Light barrier across the arm's way; open is interrupted."),
  photo_eye_b: inputPoint("open").optional().describe("Second channel of the light barrier (SAFE-14)."),
  safety_edge: inputPoint("open").optional().describe("Pressure strip on the arm; open is pressed."),
  fire: z
    .union([inputPoint("open"), z.literal("none")], {
      error: ({ input }) =>
        input === undefined
          ? "is missing: the gates would not open at a fire alarm (SAFE-07); wire it, or write `none` if another lane has it or the lot has no alarm"
          : "must be a point ({ board, channel }), or `none` if another lane has it or the lot has no alarm",
    })
    .describe(
      "Fire alarm contact; open is fire. `none` says on purpose that this lane has no fire contact of its own.",
    ),
  cabinet_door: inputPoint("open").optional().describe("Door contact of the cabinet; open is an open door."),
  key_switch: inputPoint("closed").optional().describe("Key switch at the lane; closed is turned."),
  outputs_enabled: inputPoint("closed")
    .optional()
    .describe("Selector of the standby switch; open or unknown keeps every relay off (SAFE-19)."),
});

const buttons = z
  .strictObject({
    ticket: inputPoint("closed").optional().describe("Push button for a ticket; closed is pressed."),
    help: inputPoint("closed").optional().describe("Push button that calls the operator; closed is pressed."),
  })
  .default({})
  .describe("Push buttons for the driver at inputs of a board.");

const wired = z
  .strictObject({
    driver: z.literal("wired").describe("Family of the lane's inputs and outputs."),
    barrier,
    loops,
    contacts,
    buttons,
  })
  .describe("Inputs and outputs of real boards; each is a point of one of the site's `boards`.");

/** Where a lane's inputs and outputs are. */
export const wiring = z.discriminatedUnion("driver", [sim, wired]);

export type Wiring = z.infer<typeof wiring>;
export type WiredLane = z.infer<typeof wired>;
export type WiredLoop = z.infer<typeof detectedLoop>;
