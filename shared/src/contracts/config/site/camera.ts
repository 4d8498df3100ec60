import { z } from "zod";
import { code, direction, isTimeZone } from "../../primitives.ts";
import { video } from "./video.ts";

/** Text in the file, or `env:NAME`: the environment variable that holds it, so that the file can be shown to others. */
const secret = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|(?!env:).{16,128})$/, "must have 16 to 128 characters, or be like env:CAM_IN");
const password = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|(?!env:).{1,128})$/, "must have 1 to 128 characters, or be like env:CAM_IN");

/** Part of a side, 0 to 1. */
const share = z.number().min(0).max(1);

const common = {
  id: code.describe("Name of the camera in its webhook's address."),
  direction: z
    .enum(["approaching", "leaving", "any"])
    .default("any")
    .describe("Which direction of travel counts at this lane."),
  lane_direction: direction
    .optional()
    .describe(
      "For a reversible lane: the way it must be working for this camera's reads to count; left out, they count both ways.",
    ),
  time_zone: z
    .string()
    .refine(isTimeZone, "is no IANA time zone; write it like Europe/Berlin")
    .optional()
    .describe("Zone of the camera's clock, for stamps without one; the lot's when left out."),
  source: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe(
      "Name, serial number or MAC by which the vendor's system calls this camera; messages of its other cameras are passed over.",
    ),
  video: video.optional().describe("The camera's picture, for the technician's page and snapshots."),
};

const pushed = {
  ...common,
  transport: z.literal("push").optional().describe("The camera sends to us."),
  trust: z
    .enum(["basic", "path", "address"])
    .default("basic")
    .describe(
      "How the camera proves itself: HTTP Basic with its id and secret, the secret as last part of its webhook's address, or only the address it sends from.",
    ),
  secret: secret
    .optional()
    .describe(
      "Password of HTTP Basic authentication, where the user name is the camera's id, or the address's last part; env:NAME takes it from a variable. Not needed with trust: address.",
    ),
  addresses: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(8)
    .default([])
    .describe("Addresses that the camera sends from; none: any."),
};

const pulled = {
  ...common,
  transport: z.literal("pull").describe("We connect to the camera and hold the connection."),
  url: z
    .url({ protocol: /^https?$/, error: "must be an address like http://192.0.2.10" })
    .describe("Base address of the camera."),
  user: z.string().min(1).max(64).describe("User on the camera that may read events, and nothing more."),
  password: password.describe("Password of that user; env:NAME takes it from a variable."),
  basic_without_tls: z
    .boolean()
    .default(false)
    .describe(
      "Let the password go out unencrypted (HTTP Basic, no TLS) to a camera that has never offered Digest; only for a network that holds nothing but cameras.",
    ),
};

const mapping = z
  .strictObject({
    plate: z.string().describe("The plate's text."),
    confidence: z.string().optional().describe("How sure the camera is."),
    captured_at: z.string().optional().describe("When the picture was taken."),
    event_id: z.string().optional().describe("What is the same when the camera sends an event again."),
    direction: z.string().optional().describe("Which way the vehicle goes."),
    source: z.string().optional().describe("Which camera it was."),
    image: z.string().optional().describe("Where the picture is."),
  })
  .optional()
  .describe("For format generic: dotted paths to the fields in its JSON.");

type PushTrust = {
  readonly trust: string;
  readonly secret?: string | undefined;
  readonly addresses: readonly string[];
};

/** A camera that sends to us must have something by which it is known. */
function isProven({ trust, secret, addresses }: PushTrust): boolean {
  return trust === "address" ? addresses.length > 0 : secret !== undefined;
}
const PROOF = {
  error: "needs a secret; or trust: address with the camera's addresses, where it can send none",
  path: ["secret"],
};

/** Formats in which the camera sends and nothing but its name differs. */
function sends<Format extends string>(format: Format, what: string) {
  return z
    .strictObject({ format: z.literal(format).describe("What the camera sends."), ...pushed })
    .refine(isProven, PROOF)
    .describe(what);
}

const answersWithRelay = z
  .boolean()
  .default(false)
  .describe(
    "Let the answer pulse the camera's own relay too, once the barrier was told to open. The answer never decides.",
  );

export const camera = z.discriminatedUnion("format", [
  z.discriminatedUnion("transport", [
    sends("hikvision", "Hikvision: event notification to an HTTP host."),
    z.strictObject({ format: z.literal("hikvision"), ...pulled }).describe("Hikvision: its alert stream."),
  ]),
  z.discriminatedUnion("transport", [
    sends("dahua", "Dahua and its other brands: ITSAPI push."),
    z
      .strictObject({
        format: z.literal("dahua"),
        ...pulled,
        stream: z
          .enum(["events", "snapshots"])
          .default("events")
          .describe("Which of the camera's streams is held: eventManager, or snapManager."),
      })
      .describe("Dahua and its other brands: a stream of theirs."),
  ]),
  z.discriminatedUnion("transport", [
    sends("axis", "Axis License Plate Verifier: push over HTTP."),
    z
      .strictObject({
        format: z.literal("axis"),
        ...common,
        transport: z.literal("tcp").describe("The camera connects to a port of ours and sends JSON."),
        port: z.int().min(1).max(65_535).describe("Port that waits for this camera."),
        addresses: z
          .array(z.union([z.ipv4(), z.ipv6()]))
          .min(1)
          .max(8)
          .describe("Addresses that the camera connects from; it can prove itself by nothing else."),
      })
      .describe("Axis License Plate Verifier: push over TCP."),
  ]),
  sends("platerecognizer", "Plate Recognizer Stream: webhook."),
  sends("rekor", "Rekor Scout, formerly OpenALPR: HTTP POST."),
  z
    .strictObject({ format: z.literal("vzenith"), ...pushed, answer_relay: answersWithRelay })
    .refine(isProven, PROOF)
    .describe("Vzenith and Alphadigi: HTTP push."),
  sends("unifi", "UniFi Protect: webhook of the Alarm Manager."),
  sends("milesight", "Milesight: HTTP POST."),
  sends("genetec", "Genetec AutoVu: webhook."),
  z
    .strictObject({ format: z.literal("generic"), ...pushed, mapping })
    .refine(isProven, PROOF)
    .describe("Any camera that posts JSON."),
  z
    .strictObject({
      format: z.literal("frigate"),
      ...common,
      transport: z.literal("pull").default("pull").describe("We connect to the broker that Frigate publishes on."),
      url: z
        .url({ protocol: /^mqtts?$/, error: "must be an address like mqtt://192.0.2.10:1883" })
        .describe("The broker."),
      user: z.string().min(1).max(64).optional().describe("User on the broker."),
      password: password.optional().describe("Password of that user; env:NAME takes it from a variable."),
      topic_prefix: z
        .string()
        .regex(/^[^+#\s]{1,64}$/, "is no MQTT topic")
        .default("frigate")
        .describe("What Frigate's topics begin with."),
      source: z.string().min(1).max(128).describe("The camera's name in Frigate."),
    })
    .describe("Frigate: MQTT."),
  z
    .strictObject({
      format: z.literal("survision"),
      ...common,
      transport: z.literal("pull").default("pull").describe("We connect to the camera and hold the connection."),
      url: z
        .url({ protocol: /^wss?$/, error: "must be an address like ws://192.0.2.10:10001/async" })
        .describe("The camera's asynchronous interface."),
    })
    .describe("Survision: WebSocket."),
  z
    .strictObject({
      format: z.literal("ocr"),
      ...common,
      transport: z.literal("look").default("look").describe("We look at the camera's picture."),
      video: video.describe("The camera's picture; its width should give letters of 20 pixels or more."),
      crop: z
        .strictObject({
          left: share.describe("Left edge."),
          top: share.describe("Upper edge."),
          width: share.describe("Width."),
          height: share.describe("Height."),
        })
        .refine(({ left, top, width, height }) => left + width <= 1 && top + height <= 1 && width > 0 && height > 0, {
          error: "must lie within the picture; all four are shares of its width or height, 0 to 1",
        })
        .optional()
        .describe(
          "Part of the picture where plates stand, as shares of its width and height; all of it when left out.",
        ),
      layouts: z
        .array(z.string().regex(/^[A9]{4,10}$/, "must be of A for a letter and 9 for a digit, like AA999AA"))
        .max(32)
        .default([])
        .describe(
          "Forms that plates here have, A a letter, 9 a digit; with none given every form is taken, less surely.",
        ),
      min_confidence: z.number().min(0).max(1).default(0.8).describe("How sure the recogniser must be of the text."),
    })
    .describe("Any camera with RTSP: its picture is read here; needs `npm run ocr -- install`."),
]);

export type SiteCamera = z.infer<typeof camera>;
export type CameraFormat = SiteCamera["format"];
/** A camera that sends to the agent's HTTP port. */
export type PushedCamera = Exclude<SiteCamera, { transport: "pull" | "tcp" | "look" }>;
/** A camera whose connection is the agent's task. */
export type ConnectedCamera = Extract<SiteCamera, { transport: "pull" | "tcp" }>;
/** A camera whose picture we read ourselves. */
export type WatchedCamera = Extract<SiteCamera, { transport: "look" }>;

/** Whether the camera sends to the agent's HTTP port. */
export function isPushed(camera: SiteCamera): camera is PushedCamera {
  return camera.transport === undefined || camera.transport === "push";
}
