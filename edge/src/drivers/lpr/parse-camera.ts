import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { CameraMessage, ParseResult } from "./camera-read.ts";
import { parseGeneric } from "./generic/parse.ts";
import { parseHikvision } from "./hikvision/parse.ts";

/** Reads what a camera sent, by the format that the site file gives it. Never throws on any input. */
export async function parseCamera(
  camera: Pick<SiteCamera, "format" | "mapping">,
  message: CameraMessage,
): Promise<ParseResult> {
  switch (camera.format) {
    case "hikvision":
      return parseHikvision(message);
    case "generic":
      return parseGeneric(message, camera.mapping);
    default:
      return assertNever(camera.format);
  }
}
