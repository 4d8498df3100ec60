import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { connectAsync, type MqttClient } from "mqtt";
import type { CameraPort } from "../../../ports/camera/camera-port.ts";
import type { PulledOptions } from "../open-connected.ts";
import { CameraFault } from "../pull/camera-fault.ts";
import { keepConnected } from "../pull/keep-connected.ts";
import { takeMessage } from "../take-message.ts";

const TOPICS = ["tracked_object_update", "events"];
/** Largest message that is looked at; they hold no pictures. */
const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_WAITING = 64;
const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;
const KEEPALIVE_S = 15;

/** Frigate's topics on the broker that it publishes to. A retained message is of the past and is passed over. */
export function frigateMqtt(options: PulledOptions<"frigate">): CameraPort {
  const { camera, clock, random } = options;
  return keepConnected({
    cameraId: camera.id,
    clock,
    random,
    snapshotUrl: null,
    async connect({ listener, signal, up }) {
      const client = await connectAsync(camera.url, {
        reconnectPeriod: 0,
        connectTimeout: CONNECT_TIMEOUT_MS,
        keepalive: KEEPALIVE_S,
        clean: true,
        clientId: `gatehouse-${camera.id}-${Buffer.from(random.bytes(4)).toString("hex")}`,
        ...(camera.user === undefined ? {} : { username: camera.user }),
        ...(camera.password === undefined ? {} : { password: camera.password }),
      }).catch((error: unknown) => {
        throw refusedOr(error);
      });
      let waiting = 0;
      let taking: Promise<unknown> = Promise.resolve();
      client.on("message", (topic, payload, { retain }) => {
        if (retain) return;
        const message = { contentType: "application/json", body: payload, topic: topic.split("/").at(-1) ?? "" };
        if (payload.length > MAX_MESSAGE_BYTES || waiting >= MAX_WAITING)
          return listener.rejected({ code: "too_large", message: "More, or larger, than can be taken." }, message);
        waiting++;
        taking = taking.then(() => takeMessage(options, message, listener)).finally(() => waiting--);
      });
      try {
        const ended = closed(client, signal);
        // A stop, or the broker's end, may come while the subscription waits for its answer.
        await Promise.race([client.subscribeAsync(TOPICS.map((topic) => `${camera.topic_prefix}/${topic}`)), ended]);
        up();
        await ended;
      } finally {
        client.end(true);
      }
    },
  });
}

function closed(client: MqttClient, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    client.once("close", () => reject(new CameraFault("unreachable", "The broker closed the connection.")));
    client.once("error", reject);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** MQTT 3.1.1, 3.2.2.3: 4 is a wrong user or password, 5 not allowed. */
function refusedOr(error: unknown): unknown {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code !== 4 && code !== 5) return error;
  return new CameraFault("refused", "The broker refuses the user or the password of the site file.");
}
