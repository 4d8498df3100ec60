import { isPushed, type SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Direction } from "@gatehouse/shared/contracts/primitives.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Clock, WallMs } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS, SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { LaneControl } from "../lane/lane-control.ts";
import type { RejectedReads } from "../local-api/rejected-reads.ts";
import type { CameraLink, CameraListener, ReadOutcome } from "../ports/camera/camera-port.ts";
import type { CameraMessage, CameraRead, ParseFailure } from "../ports/camera/camera-read.ts";
import { CameraClock } from "./camera-clock.ts";
import type { CameraHealth } from "./camera-health.ts";
import { SeenEvents } from "./seen-events.ts";

/** The same plate at the same camera within this is the same look at the same vehicle. */
const SAME_LOOK_MS = 3 * SECOND_MS;
/** A vehicle is known by its camera's number for so long after its last message: longer than anybody stands at a gate. */
const SAME_VEHICLE_MS = 30 * MINUTE_MS;
/** How far two deliveries of equal speed may differ. */
const DELIVERY_JITTER_MS = 3 * SECOND_MS;

/** What the metrics tell apart. */
export type CountedOutcome = ReadOutcome | "rejected" | "unauthorised";

export interface CameraIntakeOptions {
  readonly camera: SiteCamera;
  readonly lane: SiteLane;
  readonly lanes: Pick<LaneControl, "offer">;
  readonly clock: Clock;
  readonly rejected: RejectedReads;
  /** Counts what became of each read, for the metrics. */
  readonly count: (outcome: CountedOutcome, cameraId: string) => void;
  /** How fast the wall clock runs; over 1 in simulated lots only. */
  readonly wallRate: number;
}

/** Where a camera's reads come together: tells repeats and late ones apart, offers the rest to the lane, keeps its health. */
export class CameraIntake implements CameraListener {
  readonly #options: CameraIntakeOptions;
  readonly #seen: SeenEvents;
  readonly #cameraClock: CameraClock;
  #link: CameraLink = { state: "waiting" };
  #lastMessageAt: WallMs | null = null;
  #lastReadAt: WallMs | null = null;
  #lastError: CameraHealth["lastError"] = null;
  #messages = 0;
  #reads = 0;
  #rejected = 0;
  #unauthorised = 0;

  constructor(options: CameraIntakeOptions) {
    const { clock, lane, wallRate } = options;
    this.#options = options;
    this.#seen = new SeenEvents(clock);
    this.#cameraClock = new CameraClock({
      lateAfterMs: lane.timings.read_life_ms * wallRate,
      jitterMs: DELIVERY_JITTER_MS * wallRate,
    });
  }

  reads(reads: readonly CameraRead[]): readonly ReadOutcome[] {
    const { clock, count, camera } = this.#options;
    this.#messages++;
    this.#lastMessageAt = clock.wall();
    if (this.#link.state === "waiting") this.#link = { state: "up" };
    const outcomes = reads.map((read) => this.#take(read));
    for (const outcome of outcomes) count(outcome, camera.id);
    return outcomes;
  }

  rejected(failure: ParseFailure, { contentType, body }: CameraMessage): void {
    const { clock, rejected, count, camera } = this.#options;
    this.#rejected++;
    this.#lastError = { at: clock.wall(), ...failure };
    rejected.add({ at: clock.wall(), cameraId: camera.id, ...failure, contentType }, body);
    count("rejected", camera.id);
  }

  /** Somebody sent in this camera's name who could not prove to be it. */
  unauthorised(): void {
    this.#unauthorised++;
    this.#options.count("unauthorised", this.#options.camera.id);
  }

  link(link: CameraLink): void {
    this.#link = link;
    if (link.state === "down")
      this.#lastError = { at: this.#options.clock.wall(), code: link.code, message: link.message };
  }

  health(): CameraHealth {
    const { camera, lane } = this.#options;
    return {
      cameraId: camera.id,
      laneId: lane.id,
      lane: lane.code,
      format: camera.format,
      transport: isPushed(camera) ? "push" : camera.transport,
      link: this.#link,
      lastMessageAt: this.#lastMessageAt,
      lastReadAt: this.#lastReadAt,
      messages: this.#messages,
      reads: this.#reads,
      rejected: this.#rejected,
      unauthorised: this.#unauthorised,
      lastError: this.#lastError,
      clockQuality: this.#cameraClock.quality,
      clockOffsetMs: this.#cameraClock.offsetMs,
    };
  }

  #take(read: CameraRead): ReadOutcome {
    const { camera, clock } = this.#options;
    if (camera.source !== undefined && !isNamed(camera.source, read.sources)) return "other_camera";
    if (read.isReplay) return "replay";
    const keys = keysOf(read);
    if (this.#isFarewell(read)) return "repeated";
    if (keys.some((key) => this.#seen.has(key))) return "repeated";
    const normalised = normalisePlate(read.rawText);
    if (normalised === null) {
      this.#follow(read);
      return "no_plate";
    }
    this.#reads++;
    this.#lastReadAt = clock.wall();
    if (this.#cameraClock.isLate(read.capturedAt, clock.wall())) return "late";
    const look = `look ${normalised}`;
    if (this.#seen.has(look)) {
      this.#follow(read);
      return "repeated";
    }
    const outcome = this.#offer(read, normalised);
    // What the lane could not take counts as new when it comes again, and is judged by its age.
    if (outcome !== "accepted" && outcome !== "duplicate") return outcome;
    for (const key of keys) this.#seen.add(key);
    this.#seen.add(look, SAME_LOOK_MS);
    this.#follow(read);
    return outcome;
  }

  /** The last word of a vehicle that was read before. Any other word of it keeps it known. */
  #isFarewell(read: CameraRead): boolean {
    if (!read.vehicle?.ids.some((id) => this.#seen.has(`vehicle ${id}`))) return false;
    this.#follow(read);
    return read.vehicle.isGone;
  }

  #follow({ vehicle }: CameraRead): void {
    for (const id of vehicle?.ids ?? []) this.#seen.add(`vehicle ${id}`, SAME_VEHICLE_MS);
  }

  #offer(read: CameraRead, normalised: string): ReadOutcome {
    const { lanes, lane, camera, clock } = this.#options;
    return lanes.offer({
      laneId: lane.id,
      kind: "plate",
      value: normalised,
      direction: directionOf(read, lane, camera),
      read: {
        raw: read.rawText,
        normalised,
        matched: null,
        confidence: read.confidence,
        source: camera.id,
        vendor_event_id: read.vendorEventId,
        captured_at: read.capturedAt,
        captured_quality: this.#cameraClock.quality,
        received_at: clock.wall(),
        images: read.images.map((image) => image.slice(0, 256)),
      },
    });
  }
}

/** What is the same when a camera sends an event again; firmware without ids repeats at least plate and time. */
function keysOf({ vendorEventId, rawText, capturedAt }: CameraRead): readonly string[] {
  return [
    ...(vendorEventId === null ? [] : [`id ${vendorEventId}`]),
    ...(capturedAt === null ? [] : [`at ${capturedAt} ${rawText}`]),
  ];
}

/** MAC addresses are written with colons, hyphens or neither. */
function isNamed(source: string, sources: readonly string[]): boolean {
  const folded = fold(source);
  return sources.some((one) => fold(one) === folded);
}

function fold(name: string): string {
  const text = name.trim().toLowerCase();
  return /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/.test(text) ? text.replaceAll(/[:-]/g, "") : text;
}

/**
 * The camera's direction of the lane when the vehicle travels as the camera expects, the other one when it does not. Null
 * where nothing tells: the lane then takes the read in whichever direction it works.
 */
function directionOf({ travel }: CameraRead, lane: SiteLane, camera: SiteCamera): Direction | null {
  const own = camera.lane_direction ?? (lane.direction === "reversible" ? null : lane.direction);
  if (own === null) return null;
  if (travel === null || camera.direction === "any") return camera.lane_direction ?? null;
  if (travel === camera.direction) return own;
  return own === "entry" ? "exit" : "entry";
}
