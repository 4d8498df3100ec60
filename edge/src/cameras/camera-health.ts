import type { CameraFormat } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { CameraLink } from "../ports/camera/camera-port.ts";

/**
 * How far a camera's clock can be followed: `steady` its stamps keep one distance from ours (which may be large),
 * `unsteady` they jump about, `unknown` too few of them, or none.
 */
export type CameraClockQuality = "steady" | "unsteady" | "unknown";

/** How a camera does, for the technician and the metrics. Holds no plate, no user and no password. */
export interface CameraHealth {
  readonly cameraId: string;
  readonly laneId: Uuid;
  /** The lane's short name. */
  readonly lane: string;
  readonly format: CameraFormat;
  /** Who connects: the camera to us (`push`, `tcp`), or we to it (`pull`). */
  readonly transport: "push" | "pull" | "tcp" | "look";
  readonly link: CameraLink;
  /** The latest message that was understood, of whatever kind; null before the first. */
  readonly lastMessageAt: WallMs | null;
  /** The latest message with a legible plate. */
  readonly lastReadAt: WallMs | null;
  readonly messages: number;
  readonly reads: number;
  readonly rejected: number;
  /** Messages in this camera's name with a wrong secret or from a wrong address. */
  readonly unauthorised: number;
  /** The latest failure, whether it is over or not. */
  readonly lastError: { readonly at: WallMs; readonly code: string; readonly message: string } | null;
  readonly clockQuality: CameraClockQuality;
  /** What the camera's clock is ahead of ours (behind: negative), ms, delivery included; null while it has told no time. */
  readonly clockOffsetMs: number | null;
}
