import type { PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { CameraAnswer, ReadOutcome } from "../../ports/camera/camera-port.ts";
import type { CameraMessage } from "../../ports/camera/camera-read.ts";
import { at, bodyJson, firstText } from "./fields.ts";

/** What an answer is made of. */
export interface Answered {
  readonly message: CameraMessage;
  readonly outcomes: readonly ReadOutcome[];
  /** Whether the camera may pulse its own relay beside the barrier that was told to open. */
  readonly withRelay: boolean;
}

/** The answer that a vendor's camera takes as delivered; without it, the camera sends the same again. */
export function answerBody({ format }: Pick<PushedCamera, "format">, answered: Answered): CameraAnswer["body"] {
  switch (format) {
    case "dahua":
      // Firmware reads one of the two.
      return { Result: true, result: "true" };
    case "vzenith":
      return { Response_AlarmInfoPlate: vzenithAnswer(answered) };
    default:
      return { reads: answered.outcomes };
  }
}

/** `info: ok` would pulse the relay; `retransfer_stop` ends the repeats; what was kept is asked for one by one. */
function vzenithAnswer({ message, withRelay }: Answered): Readonly<Record<string, unknown>> {
  const answer = {
    info: withRelay ? "ok" : "no",
    content: "retransfer_stop",
    is_pay: "false",
    serialData: [],
  };
  const json = bodyJson(message);
  const result = json.ok ? at(json.value, "AlarmInfoPlate.result.PlateResult") : undefined;
  if (firstText(result, ["isoffline"]) !== "1") return answer;
  return { ...answer, ContinuePushOffline: { plateid: at(result, "plateid"), continue: 1 } };
}
