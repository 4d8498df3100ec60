import type { PushedCamera, SiteCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import { axisMessages } from "./axis.ts";
import { dahuaKeepAlive, dahuaTollgate } from "./dahua.ts";
import { genericPost } from "./generic.ts";
import { genetecMessage } from "./genetec.ts";
import { anprPost, drawOddities, otherEventPost } from "./hikvision.ts";
import { milesightCount, milesightMessage } from "./milesight.ts";
import { plateRecognizerHeartbeat, plateRecognizerMessage } from "./platerecognizer.ts";
import { rekorHeartbeat, rekorMessages } from "./rekor.ts";
import type { HttpPayload, SightedVehicle } from "./sighted.ts";
import { unifiMessages, unifiOther } from "./unifi.ts";
import { vzenithHeartbeat, vzenithMessage } from "./vzenith.ts";

const DEFAULT_MAPPING: NonNullable<Extract<SiteCamera, { format: "generic" }>["mapping"]> = {
  plate: "plate",
  confidence: "confidence",
  captured_at: "captured_at",
  event_id: "event_id",
  direction: "direction",
};

/** Everything that a camera which pushes sends of one vehicle, in order. */
export function pushMessages(camera: PushedCamera, vehicle: SightedVehicle, random: Random): readonly HttpPayload[] {
  switch (camera.format) {
    case "hikvision":
      return [anprPost(vehicle, drawOddities(random), random)];
    case "dahua":
      return [dahuaTollgate(vehicle, random)];
    case "axis":
      return axisMessages(vehicle, random);
    case "platerecognizer":
      return [plateRecognizerMessage(vehicle, random)];
    case "rekor":
      return rekorMessages(vehicle, random);
    case "vzenith":
      return [vzenithMessage(vehicle, random)];
    case "unifi":
      return unifiMessages(vehicle);
    case "milesight":
      return [milesightMessage(vehicle)];
    case "genetec":
      return [genetecMessage(vehicle, random)];
    case "generic":
      return [genericPost(vehicle, camera.mapping ?? DEFAULT_MAPPING)];
    default:
      return assertNever(camera);
  }
}

/** Something else that the same camera posts to the same address; null for vendors that send nothing else. */
export function pushChatter(format: PushedCamera["format"], at: WallMs, random: Random): HttpPayload | null {
  switch (format) {
    case "hikvision":
      return otherEventPost(at, drawOddities(random), random);
    case "dahua":
      return dahuaKeepAlive();
    case "platerecognizer":
      return plateRecognizerHeartbeat();
    case "rekor":
      return rekorHeartbeat();
    case "vzenith":
      return vzenithHeartbeat();
    case "unifi":
      return unifiOther();
    case "milesight":
      return milesightCount();
    case "axis":
    case "genetec":
    case "generic":
      return null;
    default:
      return assertNever(format);
  }
}

/** Vendors that keep what they could not send, and mark it as late when they send it. */
export const KEEPS_UNSENT: ReadonlySet<PushedCamera["format"]> = new Set(["hikvision", "vzenith"]);
