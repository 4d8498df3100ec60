import { z } from "zod";

/** The picture of a camera, by RTSP. Watching it never takes part in a decision of the gate. */
export const video = z.strictObject({
  url: z
    .url({ protocol: /^rtsps?$/, error: "must be an address like rtsp://192.168.1.20/stream1" })
    .refine((text) => {
      const { username, password } = new URL(text);
      return username === "" && password === "";
    }, "must not contain a name or password; use user and password beside it")
    .describe("RTSP address of the stream, without name and password; a smaller second stream is enough."),
  user: z.string().min(1).max(64).optional().describe("Name that the camera asks for."),
  password: z.string().min(1).max(128).optional().describe("Password for it; env:NAME takes it from a variable."),
  frames_per_second: z.int().min(1).max(15).default(5).describe("Pictures a second that are shown and kept."),
  width: z.int().min(160).max(1_920).default(960).describe("Width of the shown picture in pixels."),
});

export type Video = z.infer<typeof video>;
