import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { CameraListener, ReadOutcome } from "../../ports/camera/camera-port.ts";
import type { CameraMessage, ParseFailure } from "../../ports/camera/camera-read.ts";
import { parseCamera } from "./parse-camera.ts";

/** What every camera driver is made from. */
export interface CameraDriverOptions {
  readonly camera: SiteCamera;
  readonly clock: Clock;
  /** Zone of the camera's stamps that have none. */
  readonly timeZone: string;
}

export type Taken =
  | { readonly ok: true; readonly outcomes: readonly ReadOutcome[] }
  | { readonly ok: false; readonly failure: ParseFailure };

/** Parses one message and tells the listener of it. */
export async function takeMessage(
  { camera, clock, timeZone }: CameraDriverOptions,
  message: CameraMessage,
  listener: CameraListener,
): Promise<Taken> {
  const parsed = await parseCamera(camera, message, { timeZone, receivedAt: clock.wall() });
  if (parsed.ok) return { ok: true, outcomes: listener.reads(parsed.value) };
  listener.rejected(parsed.error, message);
  return { ok: false, failure: parsed.error };
}
