import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { PulledOptions } from "../open-connected.ts";
import { createStreamCamera } from "../pull/stream-camera.ts";

/** How often the camera is asked to say that it is there. */
const HEARTBEAT_S = 5;
const SILENT_AFTER_MS = 4 * HEARTBEAT_S * SECOND_MS;
/** Dahua's HTTP API, 4.4.3 and 9.2: events as they happen, or with the pictures that were taken of them. */
const PATHS = {
  events: `/cgi-bin/eventManager.cgi?action=attach&codes=[TrafficJunction]&heartbeat=${HEARTBEAT_S}`,
  snapshots: `/cgi-bin/snapManager.cgi?action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat=${HEARTBEAT_S}`,
};

/** Dahua's event manager or snap manager. */
export function dahuaEventStream(options: PulledOptions<"dahua">) {
  const { url, user, password, stream, basic_without_tls: basicWithoutTls } = options.camera;
  return createStreamCamera({
    ...options,
    user,
    password,
    basicWithoutTls,
    streamUrl: new URL(PATHS[stream], url),
    snapshotUrl: new URL("/cgi-bin/snapshot.cgi", url),
    silentAfterMs: SILENT_AFTER_MS,
  });
}
