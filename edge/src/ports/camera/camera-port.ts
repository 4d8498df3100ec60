import type { CameraMessage, CameraRead, ParseFailure } from "./camera-read.ts";

/**
 * Why no reads can come: `unreachable` the network or the camera is down, `refused` wrong user or password, `protocol` it
 * speaks something else, `silent` the connection stands and nothing comes, `stopped` nobody listens.
 */
export type CameraErrorCode = "unreachable" | "refused" | "protocol" | "silent" | "stopped";

export type CameraLink =
  /** A camera that sends to us: whether it could is seen only when it does. */
  | { readonly state: "waiting" }
  | { readonly state: "up" }
  | { readonly state: "down"; readonly code: CameraErrorCode; readonly message: string };

/** What became of one read. `late` is older than a read may be, `other_camera` of a camera that isn't this lane's. */
export type ReadOutcome =
  | "accepted"
  | "duplicate"
  | "wrong_direction"
  | "lane_not_ready"
  | "queue_full"
  | "unknown_lane"
  | "repeated"
  | "replay"
  | "late"
  | "no_plate"
  | "other_camera";

/** Who is told what a camera says. None of the calls throws. */
export interface CameraListener {
  /** A message that was understood, with its vehicles, of which there may be none. */
  reads(reads: readonly CameraRead[]): readonly ReadOutcome[];
  /** A message that was not understood. */
  rejected(failure: ParseFailure, message: CameraMessage): void;
  /** The connection came or went; each state once. */
  link(link: CameraLink): void;
}

/**
 * One camera that reads plates.
 *
 * A driver keeps trying by itself for as long as it runs: with a growing wait after each failure, and anew when the
 * camera has been silent for longer than it ever is. It keeps no more of a message than its named limits, delivers a
 * message at most once by itself, and passes on repeats of the camera, which are the listener's to tell apart. What it
 * can't parse it reports and goes on.
 *
 * Fail-safe: a camera only offers text. Nothing that it sends, and nothing that is answered to it, moves a barrier.
 */
export interface CameraPort {
  readonly cameraId: string;
  /** Begins; resolves when the first try is under way. A camera that is away is no error. */
  start(listener: CameraListener): Promise<void>;
  /** Ends; afterwards the listener is not called any more. May be called at any time, more than once. */
  stop(): Promise<void>;
  /** Where a still picture can be fetched with the camera's user and password; null where the vendor has none. */
  snapshotUrl(): string | null;
}

/** What is answered to a camera that sends to us. */
export interface CameraAnswer {
  readonly status: 200 | 400 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A camera that sends to us: the agent's HTTP port hands its messages in. */
export interface PushedCameraPort extends CameraPort {
  receive(message: CameraMessage): Promise<CameraAnswer>;
}
