import { createHash, timingSafeEqual } from "node:crypto";
import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Site, SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { CameraRead } from "../drivers/lpr/camera-read.ts";
import { parseCamera } from "../drivers/lpr/parse-camera.ts";
import type { LaneControl, OfferAnswer, OfferedCredential } from "../lane/lane-control.ts";
import { problem } from "./problem.ts";
import type { RejectedReads } from "./rejected-reads.ts";
import { SeenEvents } from "./seen-events.ts";

/** Largest message of a camera: a few pictures in full HD. */
export const CAMERA_BODY_MAX_BYTES = 8 * 1_048_576;

export interface LprEndpointOptions {
  readonly site: Site;
  readonly lanes: LaneControl;
  readonly clock: Clock;
  readonly rejected: RejectedReads;
  /** Counts what became of each read, for the metrics. */
  readonly count: (outcome: ReadOutcome, cameraId: string) => void;
}

export type ReadOutcome = OfferAnswer | "repeated" | "replay" | "no_plate" | "rejected" | "unauthorised";

interface KnownCamera {
  readonly lane: SiteLane;
  readonly camera: SiteCamera;
  readonly seen: SeenEvents;
}

/**
 * `POST /lpr/{camera}`: where cameras send their reads, in their own formats, with HTTP Basic (user: the camera's id).
 * A camera is answered 200 whenever its message was understood, whatever the lane makes of it, since anything else makes
 * it send the same again.
 */
export function lprEndpoint(options: LprEndpointOptions): Hono {
  const cameras = new Map<string, KnownCamera>(
    options.site.lanes.flatMap((lane) =>
      lane.cameras.map((camera) => [camera.id, { lane, camera, seen: new SeenEvents() }] as const),
    ),
  );
  const app = new Hono();
  app.post(
    "/:camera",
    bodyLimit({
      maxSize: CAMERA_BODY_MAX_BYTES,
      onError: (context) =>
        problem(context, 413, "body_too_large", `Send at most ${CAMERA_BODY_MAX_BYTES} bytes a message.`),
    }),
    async (context) => {
      const cameraId = context.req.param("camera");
      const known = cameras.get(cameraId);
      if (!known || !isAuthorised(context.req.header("authorization"), known.camera)) {
        options.count("unauthorised", known ? cameraId : "unknown");
        context.header("WWW-Authenticate", 'Basic realm="gatehouse camera"');
        return problem(
          context,
          401,
          "unauthorised",
          "No such camera, or its secret is wrong; see cameras in the site file.",
        );
      }
      const contentType = context.req.header("content-type") ?? "";
      const body = new Uint8Array(await context.req.arrayBuffer());
      const parsed = await parseCamera(known.camera, { contentType, body });
      if (!parsed.ok) {
        options.count("rejected", cameraId);
        options.rejected.add({ at: options.clock.wall(), cameraId, ...parsed.error, contentType }, body);
        return problem(context, 400, parsed.error.code, parsed.error.message);
      }
      const outcomes = parsed.value.map((read) => offer(read, known, options));
      for (const outcome of outcomes) options.count(outcome, cameraId);
      if (outcomes.includes("queue_full"))
        return problem(context, 503, "queue_full", "The lane has more reads than it can take.");
      return context.json({ reads: outcomes });
    },
  );
  return app;
}

function offer(read: CameraRead, known: KnownCamera, { lanes, clock }: LprEndpointOptions): ReadOutcome {
  if (read.isReplay) return "replay";
  if (read.vendorEventId !== null && !known.seen.isNew(read.vendorEventId)) return "repeated";
  const normalised = normalisePlate(read.rawText);
  if (normalised === null) return "no_plate";
  return lanes.offer({
    laneId: known.lane.id,
    kind: "plate",
    value: normalised,
    direction: directionOf(read, known),
    read: {
      raw: read.rawText,
      normalised,
      matched: null,
      confidence: read.confidence,
      source: known.camera.id,
      vendor_event_id: read.vendorEventId,
      captured_at: read.capturedAt,
      received_at: clock.wall(),
    },
  } satisfies OfferedCredential);
}

/** The lane's own direction when the vehicle travels as the camera expects, the other one when it does not. */
function directionOf(read: CameraRead, { lane, camera }: KnownCamera): Direction | null {
  if (lane.direction === "reversible" || read.travel === null || camera.direction === "any") return null;
  if (read.travel === camera.direction) return lane.direction;
  return lane.direction === "entry" ? "exit" : "entry";
}

function isAuthorised(header: string | undefined, camera: SiteCamera): boolean {
  const expected = `Basic ${Buffer.from(`${camera.id}:${camera.secret}`).toString("base64")}`;
  return timingSafeEqual(digest(header ?? ""), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
