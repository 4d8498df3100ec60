import { z } from "zod";
import { profileHead } from "./source.ts";

/** A camera that reads plates: which format of the site file it speaks and how it is set up. */
export const cameraProfile = z.strictObject({
  kind: z.literal("camera"),
  ...profileHead,
  format: z.string().min(1).max(60).describe("`format` of the lane's camera in the site file."),
  sends: z.enum(["pushes", "is_asked"]).describe("Whether the camera sends each read by itself, or is asked for it."),
  set_up: z.array(z.string().min(1).max(600)).min(1).max(20).describe("Steps in the camera's own pages."),
  mapping: z
    .record(z.string(), z.string())
    .optional()
    .describe("For format generic: paths to the fields in the camera's JSON, for the site file."),
});

export type CameraProfile = z.infer<typeof cameraProfile>;
