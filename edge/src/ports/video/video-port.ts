import type { Result } from "@gatehouse/shared/kit/result.ts";

/**
 * `unknown_camera`: no camera of this name has a picture. `no_ffmpeg`: the program that reads streams isn't installed.
 * `not_authorised`: the camera refused name or password. `unreachable`: it doesn't answer, or sent no picture in time.
 * `too_many_viewers`: the limit of viewers is reached.
 */
export type VideoError = "unknown_camera" | "no_ffmpeg" | "not_authorised" | "unreachable" | "too_many_viewers";

/** One sentence for each error, for the technician. */
export const videoErrorTexts: Readonly<Record<VideoError, string>> = {
  unknown_camera: "This lot has no camera of that name with a `video` part in the site file.",
  no_ffmpeg: "ffmpeg isn't installed on this computer; install the package ffmpeg.",
  not_authorised: "The camera refused the name or password; correct `video` of this camera in the site file.",
  unreachable: "The camera sends no picture; check its power, network cable and the address under `video`.",
  too_many_viewers: "Too many people are watching this camera; close another view first.",
};

/** Who looks at a camera. Both calls come on the main thread and must return at once. */
export interface Viewer {
  /** One JPEG picture. A viewer that is still busy with the last one drops it. */
  frame(jpeg: Buffer): void;
  /** The picture stopped; the view goes on trying and `frame` may come again. */
  interrupted(error: VideoError): void;
}

/**
 * Pictures of the lot's cameras. A stream is read from the first viewer on and no longer than the last one stays; nothing of
 * it reaches the lanes, whatever a camera does (a silent camera, a dead decoder, a slow viewer).
 */
export interface VideoPort {
  /** Ids of the cameras that have a picture. */
  readonly cameras: readonly string[];
  /** Shows pictures until the returned function is called. */
  watch(camera: string, viewer: Viewer): Result<() => void, VideoError>;
  /** One picture, not older than the last second of a running stream, else the first one of a new one. */
  snapshot(camera: string): Promise<Result<Buffer, VideoError>>;
  /** Path of a local socket that speaks JSMpeg's WebSocket, for as long as the lease is held. */
  smoothView(camera: string): Promise<Result<SmoothView, VideoError>>;
}

export interface SmoothView {
  readonly socketPath: string;
  release(): void;
}
