import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { WebSocket } from "ws";
import type { CameraPort } from "../../../ports/camera/camera-port.ts";
import type { PulledOptions } from "../open-connected.ts";
import { CameraFault } from "../pull/camera-fault.ts";
import { keepConnected } from "../pull/keep-connected.ts";
import { takeMessage } from "../take-message.ts";

/** Largest message: a recognition with its picture. */
const MAX_MESSAGE_BYTES = 8 * 1_048_576;
/** Messages that wait for the parser; more means that the camera has gone mad, and the connection is cut. */
const MAX_WAITING = 64;
const PING_MS = 15 * SECOND_MS;
const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
/** Recognitions come without being asked for; nothing else is wanted. */
const SUBSCRIBE = JSON.stringify({
  setEnableStreams: { "@configChanges": "0", "@infoChanges": "0", "@traces": "0" },
});

/** Survision's asynchronous interface, a WebSocket on port 10001. */
export function survisionWebSocket(options: PulledOptions<"survision">): CameraPort {
  const { camera, clock, random } = options;
  return keepConnected({
    cameraId: camera.id,
    clock,
    random,
    snapshotUrl: null,
    connect({ listener, signal, up }) {
      return new Promise((_resolve, reject) => {
        const socket = new WebSocket(camera.url, {
          maxPayload: MAX_MESSAGE_BYTES,
          perMessageDeflate: false,
          handshakeTimeout: CONNECT_TIMEOUT_MS,
          followRedirects: false,
        });
        let waiting = 0;
        let heard = true;
        let taking: Promise<unknown> = Promise.resolve();
        const ping = clock.every(PING_MS, () => {
          if (!heard) return end(new CameraFault("silent", "The camera does not answer to pings any more."));
          heard = false;
          if (socket.readyState === WebSocket.OPEN) socket.ping();
        });
        const aborted = (): void => end(signal.reason);
        signal.addEventListener("abort", aborted, { once: true });
        function end(reason: unknown): void {
          ping.cancel();
          signal.removeEventListener("abort", aborted);
          socket.terminate();
          reject(reason);
        }
        socket.on("open", () => {
          socket.send(SUBSCRIBE);
          up();
        });
        socket.on("pong", () => {
          heard = true;
        });
        socket.on("message", (data) => {
          heard = true;
          if (++waiting > MAX_WAITING) return end(new CameraFault("protocol", "More messages than can be taken."));
          const message = { contentType: "application/json", body: data as Buffer };
          taking = taking.then(() => takeMessage(options, message, listener)).finally(() => waiting--);
        });
        socket.on("error", end);
        socket.on("close", (code) =>
          end(new CameraFault("unreachable", `The camera closed the connection (${code}).`)),
        );
      });
    },
  });
}
