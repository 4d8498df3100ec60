import { ok } from "@gatehouse/shared/kit/result.ts";
import type { ParseContext, ParseResult } from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, cameraRead, failure, firstText, travelOf } from "../fields.ts";
import { dahuaConfidence } from "./vehicle.ts";

/** What ITSAPI posts to `/NotificationInfo/TollgateInfo`; its other messages (`KeepAlive`, `DeviceInfo`) have no picture. */
export function parseTollgate(json: unknown, context: ParseContext): ParseResult {
  const picture = at(json, "Picture");
  if (typeof picture !== "object" || picture === null) {
    const isOther = ["Active", "DeviceID", "DeviceModel", "keepAlive"].some((name) => at(json, name) !== undefined);
    return isOther ? ok([]) : failure("no_event", "JSON without Dahua's Picture.");
  }
  const plate = at(picture, "Plate");
  if (typeof plate !== "object" || plate === null) return failure("missing_field", "A Picture without its Plate.");
  const exists = at(plate, "IsExist") !== false;
  return ok([
    cameraRead({
      plate: exists ? (firstText(plate, ["PlateNumber"]) ?? "") : "",
      confidence: dahuaConfidence(at(plate, "Confidence")),
      travel: travelOf(at(picture, "SnapInfo.Direction")),
      capturedAt:
        cameraTime(at(picture, "SnapInfo.AccurateTime"), context) ??
        cameraTime(at(picture, "SnapInfo.SnapTime"), context),
      sources: [at(picture, "SnapInfo.DeviceID"), at(picture, "SnapInfo.DefenceCode")],
      images: ["NormalPic", "CutoutPic", "VehiclePic"].map((name) => at(picture, `${name}.PicName`)),
    }),
  ]);
}
