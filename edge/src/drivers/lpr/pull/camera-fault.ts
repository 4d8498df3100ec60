import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { CameraErrorCode, CameraLink } from "../../../ports/camera/camera-port.ts";

/** Why a connection to a camera ended. The message holds no user and no password. */
export class CameraFault extends GatehouseError<CameraErrorCode> {}

/** What a thrown error means for the link. */
export function downLink(thrown: unknown): CameraLink & { readonly state: "down" } {
  if (thrown instanceof CameraFault) return { state: "down", code: thrown.code, message: thrown.message };
  return { state: "down", code: "unreachable", message: `The camera is not reached: ${errorMessage(thrown)}.` };
}
