import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { numberOf, type SightedVehicle } from "./sighted.ts";

/** One MQTT message, its topic without the prefix. */
export interface FrigateMessage {
  readonly topic: "tracked_object_update" | "events";
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What Frigate publishes of one car: an event when it appears, updates with the plate in some version's form, the end. */
export function frigateMessages(vehicle: SightedVehicle, random: Random, camera = "lane"): readonly FrigateMessage[] {
  const { sighting, capturedAt } = vehicle;
  const seconds = capturedAt / 1_000;
  const id = `${(seconds - 1).toFixed(6)}-${numberOf(vehicle.eventId).toString(36)}`;
  const score = Number(sighting.confidence.toFixed(3));
  const car = {
    id,
    camera,
    label: "car",
    frame_time: seconds,
    start_time: seconds - 1,
    sub_label: null,
    stationary: false,
  };
  const event = (type: string, recognised: object): FrigateMessage => ({
    topic: "events",
    payload: { type, before: car, after: { ...car, ...recognised } },
  });
  if (sighting.text === null) return [event("new", {}), event("end", {})];
  const forms = [
    { recognized_license_plate: sighting.text, recognized_license_plate_score: score },
    { recognized_license_plate: [sighting.text, score] },
    { recognized_license_plate: { plate: sighting.text, confidence: score, matches_template: true } },
  ];
  const form = { ...pick(random, forms), sub_label: ["Somebody's car", score] };
  return [
    event("new", {}),
    {
      topic: "tracked_object_update",
      payload: { type: "lpr", id, name: null, plate: sighting.text, score, camera, timestamp: seconds },
    },
    event("update", form),
    event("end", form),
  ];
}

export function frigateChatter(): readonly FrigateMessage[] {
  return [
    { topic: "tracked_object_update", payload: { type: "description", id: "1.2-abc", description: "A red car." } },
    { topic: "tracked_object_update", payload: { type: "face", id: "1.2-abc", name: "John", camera: "lane" } },
  ];
}
