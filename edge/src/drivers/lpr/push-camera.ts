import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { CameraAnswer, CameraListener, PushedCameraPort } from "../../ports/camera/camera-port.ts";
import type { CameraMessage } from "../../ports/camera/camera-read.ts";
import { answerBody } from "./answer.ts";
import { type CameraDriverOptions, takeMessage } from "./take-message.ts";

export interface PushCameraOptions extends CameraDriverOptions {
  readonly camera: PushedCamera;
  /** Resolves with whether the lane's barrier has been told to open, soon. Asked only where the site allows the relay. */
  readonly hasOpened: () => Promise<boolean>;
}

/** A camera that sends to the agent's HTTP port, in whatever format. */
export function createPushCamera(options: PushCameraOptions): PushedCameraPort {
  const { camera, hasOpened } = options;
  let listener: CameraListener | null = null;
  return {
    cameraId: camera.id,
    async start(given) {
      listener = given;
      given.link({ state: "waiting" });
    },
    async stop() {
      listener = null;
    },
    snapshotUrl: () => null,
    async receive(message): Promise<CameraAnswer> {
      if (listener === null) return { status: 503, body: busy("The agent is stopping.") };
      const taken = await takeMessage(options, message, listener);
      if (!taken.ok) return refusal(camera, message, taken.failure);
      const { outcomes } = taken;
      if (outcomes.includes("queue_full"))
        return { status: 503, body: busy("The lane has more reads than it can take.") };
      const mayRelay = camera.format === "vzenith" && camera.answer_relay && outcomes.includes("accepted");
      const withRelay = mayRelay && (await hasOpened());
      return { status: 200, body: answerBody(camera, { message, outcomes, withRelay }) };
    },
  };
}

/** Vendors that repeat what isn't answered in their own words are told that it came: the same again would help nobody. */
function refusal(
  camera: PushedCamera,
  message: CameraMessage,
  { code, message: detail }: { readonly code: string; readonly message: string },
): CameraAnswer {
  if (camera.format === "dahua" || camera.format === "vzenith")
    return { status: 200, body: answerBody(camera, { message, outcomes: [], withRelay: false }) };
  return { status: 400, body: { code, message: detail } };
}

function busy(message: string): CameraAnswer["body"] {
  return { code: "queue_full", message };
}
