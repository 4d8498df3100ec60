import type { CameraFormat, ConnectedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { CameraPort } from "../../ports/camera/camera-port.ts";
import type { CameraDriverOptions } from "./take-message.ts";

export interface ConnectedOptions extends CameraDriverOptions {
  readonly camera: ConnectedCamera;
  readonly random: Random;
  /** This computer's address towards the cameras; what waits for a camera's connection waits there and nowhere else. */
  readonly listenHost: string;
}

/** The options of a driver for one format. */
export interface PulledOptions<Format extends CameraFormat> extends Omit<ConnectedOptions, "camera"> {
  readonly camera: Extract<ConnectedCamera, { format: Format }>;
}

/** Makes the driver of a camera whose connection is our task. Its libraries are loaded only where a lot needs them. */
export async function openConnectedCamera({ camera, ...rest }: ConnectedOptions): Promise<CameraPort> {
  switch (camera.format) {
    case "hikvision":
      return (await import("./hikvision/alert-stream.ts")).hikvisionAlertStream({ camera, ...rest });
    case "dahua":
      return (await import("./dahua/event-stream.ts")).dahuaEventStream({ camera, ...rest });
    case "axis":
      return (await import("./axis/tcp-listener.ts")).axisTcpListener({ camera, ...rest });
    case "frigate":
      return (await import("./frigate/mqtt.ts")).frigateMqtt({ camera, ...rest });
    case "survision":
      return (await import("./survision/web-socket.ts")).survisionWebSocket({ camera, ...rest });
    default:
      return assertNever(camera);
  }
}
