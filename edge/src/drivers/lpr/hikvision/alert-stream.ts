import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import type { PulledOptions } from "../open-connected.ts";
import { createStreamCamera } from "../pull/stream-camera.ts";

/** Cameras tell of no video loss every ten seconds, as their heartbeat; some only once a minute. */
const SILENT_AFTER_MS = 1.5 * MINUTE_MS;

/** Hikvision's alert stream: ISAPI, `/ISAPI/Event/notification/alertStream`. */
export function hikvisionAlertStream(options: PulledOptions<"hikvision">) {
  const { url, user, password, basic_without_tls: basicWithoutTls } = options.camera;
  return createStreamCamera({
    ...options,
    user,
    password,
    basicWithoutTls,
    streamUrl: new URL("/ISAPI/Event/notification/alertStream", url),
    snapshotUrl: new URL("/ISAPI/Streaming/channels/101/picture", url),
    silentAfterMs: SILENT_AFTER_MS,
  });
}
