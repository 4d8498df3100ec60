import { ok } from "@gatehouse/shared/kit/result.ts";
import {
  type CameraMessage,
  MAX_READS,
  type ParseContext,
  type ParseResult,
} from "../../../ports/camera/camera-read.ts";
import { cameraTime } from "../camera-time.ts";
import { at, bodyJson, cameraRead, failure, firstText, listOf } from "../fields.ts";

/**
 * UniFi Protect's Alarm Manager: a webhook whose `triggers` name what was seen, the plate in `value` and the camera by
 * its MAC address alone. There is no confidence. A vehicle that fits several conditions is there several times.
 */
export function parseUnifi(message: CameraMessage, context: ParseContext): ParseResult {
  const json = bodyJson(message);
  if (!json.ok) return json;
  const alarm = at(json.value, "alarm");
  if (typeof alarm !== "object" || alarm === null) return failure("no_event", "JSON without UniFi's alarm.");
  const seen = new Set<string>();
  const plates = listOf(at(alarm, "triggers")).filter((trigger) => {
    const key = `${firstText(trigger, ["eventId"])}:${firstText(trigger, ["value", "group.name"])}`;
    if (!/^license_?plate/i.test(firstText(trigger, ["key"]) ?? "") || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return ok(
    plates.slice(0, MAX_READS).map((trigger) => {
      const plate = firstText(trigger, ["value", "group.name"]) ?? "";
      const event = firstText(trigger, ["eventId"]);
      return cameraRead({
        plate,
        eventId: event === null ? null : `${event}:${plate}`,
        capturedAt: cameraTime(at(trigger, "timestamp") ?? at(json.value, "timestamp"), context),
        sources: [at(trigger, "device")],
        images: [at(alarm, "eventLocalLink"), at(alarm, "eventPath")],
      });
    }),
  );
}
