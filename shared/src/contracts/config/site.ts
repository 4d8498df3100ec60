import { z } from "zod";
import { code, isTimeZone, laneDirection, uuid } from "../primitives.ts";

/** Where a lane's inputs and outputs are. More families of wiring join this union as their drivers do. */
export const wiring = z.discriminatedUnion("driver", [
  z
    .strictObject({ driver: z.literal("sim").describe("Family of the lane's inputs and outputs.") })
    .describe("Simulated inputs and outputs, offered on the agent's input/output socket."),
]);

export const camera = z.strictObject({
  id: code.describe("Name of the camera in its webhook's address."),
  format: z.enum(["hikvision", "generic"]).describe("What the camera sends."),
  secret: z.string().min(16).describe("Password of HTTP Basic authentication; the user name is the camera's id."),
  direction: z
    .enum(["approaching", "leaving", "any"])
    .default("any")
    .describe("Which direction of travel counts at this lane."),
  mapping: z
    .strictObject({
      plate: z.string().describe("The plate's text."),
      confidence: z.string().optional().describe("How sure the camera is."),
      captured_at: z.string().optional().describe("When the picture was taken."),
      event_id: z.string().optional().describe("What is the same when the camera sends an event again."),
      direction: z.string().optional().describe("Which way the vehicle goes."),
    })
    .optional()
    .describe("For format generic: dotted paths to the fields in its JSON."),
});

/** Safety and timing of a lane, in milliseconds; the bounds see to it that no file can make a lane unsafe. */
export const laneTimings = z.strictObject({
  pulse_ms: z.int().min(200).max(1_000).default(500).describe("Length of an open or close pulse."),
  fresh_ms: z.int().min(20).max(1_000).default(100).describe("Oldest input sample that still counts (SAFE-03)."),
  clear_hold_ms: z
    .int()
    .min(200)
    .max(5_000)
    .default(500)
    .describe("How long an input must stay clear to be clear (SAFE-12)."),
  close_delay_ms: z.int().min(0).max(60_000).default(1_000).describe("From the passage, lane clear, to the close."),
  no_passage_close_ms: z.int().min(5_000).max(300_000).default(45_000).describe("Close without passage after this."),
  travel_max_ms: z
    .int()
    .min(500)
    .max(30_000)
    .default(8_000)
    .describe("Longest time the arm may take from limit to limit."),
  grant_life_ms: z
    .int()
    .min(1_000)
    .max(10_000)
    .default(10_000)
    .describe("An open not carried out by then is dropped (SAFE-16)."),
  read_life_ms: z
    .int()
    .min(500)
    .max(30_000)
    .default(8_000)
    .describe("A read older than this needs a new one (SAFE-27)."),
  decision_max_ms: z
    .int()
    .min(500)
    .max(5_000)
    .default(3_000)
    .describe("Without an answer by then, the lane's fail policy holds (SAFE-18)."),
  payment_max_ms: z.int().min(10_000).max(600_000).default(120_000).describe("How long the lane waits for a payment."),
});

export const lane = z.strictObject({
  id: uuid.describe("The lane's id, the same as in the cloud."),
  code: code.describe("Short name of the lane, as people and the gate command use it."),
  direction: laneDirection.describe("Which way vehicles go."),
  wiring,
  cameras: z.array(camera).max(4).default([]).describe("Cameras that read this lane's plates."),
  timings: laneTimings.prefault({}),
});

const timeZone = z
  .string()
  .refine(isTimeZone, "is no IANA time zone; write it like Europe/Berlin")
  .describe("IANA time zone of the lot.");

/** `firmware-configs/sites/<lot>.yaml`: the wiring of one lot. A key that is not known is refused: it may be a misspelt one. */
export const site = z
  .strictObject({
    lot_id: uuid.describe("The lot's id, the same as in the cloud."),
    operator_id: uuid.describe("Id of the operator that runs the lot."),
    code: code.describe("Short name of the lot."),
    name: z.string().min(1).max(255).describe("Name of the lot for people."),
    time_zone: timeZone,
    lanes: z.array(lane).min(1).max(64).describe("The lanes that this agent drives."),
  })
  .superRefine(({ lanes }, context) => {
    const seen = new Set<string>();
    const demandNew = (what: string, value: string, path: (string | number)[]): void => {
      if (seen.has(`${what} ${value}`))
        context.addIssue({ code: "custom", path, message: `there is another ${what} "${value}"; each needs its own` });
      seen.add(`${what} ${value}`);
    };
    for (const [at, { id, code, cameras }] of lanes.entries()) {
      demandNew("lane id", id, ["lanes", at, "id"]);
      demandNew("lane", code, ["lanes", at, "code"]);
      for (const [nth, one] of cameras.entries()) demandNew("camera", one.id, ["lanes", at, "cameras", nth, "id"]);
    }
  });

export type SiteCamera = z.infer<typeof camera>;
export type LaneTimings = z.infer<typeof laneTimings>;
export type SiteLane = z.infer<typeof lane>;
export type Site = z.infer<typeof site>;
