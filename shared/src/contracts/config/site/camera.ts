import { z } from "zod";
import { code } from "../../primitives.ts";

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

export type SiteCamera = z.infer<typeof camera>;
