import type { SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { err } from "@gatehouse/shared/kit/result.ts";
import type { CameraMessage, ParseContext, ParseResult } from "../../ports/camera/camera-read.ts";
import { parseAxis } from "./axis/parse.ts";
import { parseDahua } from "./dahua/parse.ts";
import { parseFrigate } from "./frigate/parse.ts";
import { parseGeneric } from "./generic/parse.ts";
import { parseGenetec } from "./genetec/parse.ts";
import { parseHikvision } from "./hikvision/parse.ts";
import { parseMilesight } from "./milesight/parse.ts";
import { parsePlateRecognizer } from "./platerecognizer/parse.ts";
import { parseRekor } from "./rekor/parse.ts";
import { parseSurvision } from "./survision/parse.ts";
import { parseUnifi } from "./unifi/parse.ts";
import { parseVzenith } from "./vzenith/parse.ts";

/** Reads what a camera sent, by the format that the site file gives it. Never throws on any input. */
export async function parseCamera(
  camera: SiteCamera,
  message: CameraMessage,
  context: ParseContext,
): Promise<ParseResult> {
  switch (camera.format) {
    case "hikvision":
      return parseHikvision(message, context);
    case "dahua":
      return parseDahua(message, context);
    case "axis":
      return parseAxis(message, context);
    case "platerecognizer":
      return parsePlateRecognizer(message, context);
    case "rekor":
      return parseRekor(message, context);
    case "frigate":
      return parseFrigate(message, context);
    case "vzenith":
      return parseVzenith(message, context);
    case "unifi":
      return parseUnifi(message, context);
    case "milesight":
      return parseMilesight(message, context);
    case "survision":
      return parseSurvision(message, context);
    case "genetec":
      return parseGenetec(message, context);
    case "generic":
      return parseGeneric(message, context, camera.mapping);
    case "ocr":
      return err({ code: "no_event", message: "This camera sends nothing; we look at its picture." });
    default:
      return assertNever(camera);
  }
}
