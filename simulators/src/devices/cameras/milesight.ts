import { type HttpPayload, jsonPayload, localParts, type SightedVehicle } from "./sighted.ts";

/** Flat JSON, every value a text, the time without a zone. */
export function milesightMessage({ sighting, capturedAt, leaving }: SightedVehicle, zoneMinutes = 0): HttpPayload {
  const { date, time } = localParts(capturedAt, zoneMinutes);
  return jsonPayload({
    device: "Lane camera",
    time: `${date} ${time.slice(0, 8)}`,
    time_msec: `${date} ${time}`,
    plate: sighting.text ?? "-",
    type: "Visitor",
    speed: "-",
    direction: leaving ? "Away" : "Approach",
    detection_region: "1",
    region: "DEU",
    resolution_width: "1920",
    resolution_height: "1080",
    coordinate_x1: "722",
    coordinate_y1: "546",
    coordinate_x2: "901",
    coordinate_y2: "602",
    confidence: sighting.confidence.toFixed(2),
    plate_color: "White",
    vehicle_type: "Car",
    vehicle_color: "Black",
  });
}

/** A count of vehicles, which the same camera posts to the same address. */
export function milesightCount(): HttpPayload {
  return jsonPayload({ event: "Vehicle Counting", device: "Lane camera", region: "1", car: "4", total: "7" });
}
