import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { type HttpPayload, jsonPayload, type SightedVehicle } from "./sighted.ts";

const AGENT = "SIM0AGENT0UID0000000000000000000000000000";
const CAMERA = 1_234;

/** The results of some frames, and the group that names the best of them. */
export function rekorMessages(vehicle: SightedVehicle, random: Random): readonly HttpPayload[] {
  const frames = Array.from({ length: 1 + Math.floor(random.next() * 3) }, (_, index) => rekorFrame(vehicle, index));
  return [...frames, jsonPayload(rekorGroup(vehicle, pick(random, [1, 2, 3])))];
}

function uuidOf({ eventId, capturedAt }: SightedVehicle, frame: number): string {
  return `${AGENT}-${CAMERA}-${capturedAt + frame}-${eventId.slice(0, 8)}`;
}

function rekorFrame(vehicle: SightedVehicle, frame: number): HttpPayload {
  const { sighting, capturedAt } = vehicle;
  const results = sighting.text === null ? [] : [plateOf(vehicle)];
  return jsonPayload({
    data_type: "alpr_results",
    version: 2,
    uuid: uuidOf(vehicle, frame),
    camera_id: CAMERA,
    agent_uid: AGENT,
    epoch_time: capturedAt + frame,
    processing_time_ms: 105.85,
    img_width: 1_920,
    img_height: 1_080,
    results,
  });
}

function plateOf({ sighting }: SightedVehicle) {
  const confidence = Number((sighting.confidence * 100).toFixed(6));
  const candidates = [{ plate: sighting.text, confidence, matches_template: 0 }];
  return { plate: sighting.text, confidence, region: "eu-de", plate_index: 0, candidates, matches_template: 0 };
}

/** A group in one of its three versions. */
export function rekorGroup(vehicle: SightedVehicle, version: number): Readonly<Record<string, unknown>> {
  const best = plateOf(vehicle);
  const common = {
    data_type: "alpr_group",
    version,
    camera_id: CAMERA,
    agent_uid: AGENT,
    best_uuid: uuidOf(vehicle, 0),
    epoch_start: vehicle.capturedAt,
    epoch_end: vehicle.capturedAt,
    uuids: [uuidOf(vehicle, 0)],
    candidates: best.candidates,
    travel_direction: vehicle.leaving ? 4.2 : 178.3,
  };
  if (version === 1) return { ...common, best_plate: { plate: best.plate, confidence: best.confidence } };
  const numbered = { ...common, best_plate_number: best.plate, best_confidence: best.confidence, best_plate: best };
  return version === 2 ? numbered : { ...numbered, web_server_config: { camera_label: "lane" }, vehicle: {} };
}

export function rekorAlert(vehicle: SightedVehicle): HttpPayload {
  return jsonPayload({ data_type: "alpr_alert", alert_list: "vips", description: "", group: rekorGroup(vehicle, 3) });
}

/** Once a minute. */
export function rekorHeartbeat(): HttpPayload {
  return jsonPayload({
    data_type: "heartbeat",
    version: 1,
    agent_uid: AGENT,
    video_streams: [{ camera_id: CAMERA, camera_name: "lane", is_streaming: true }],
  });
}
