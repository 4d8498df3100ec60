import { type HttpPayload, jsonPayload, type SightedVehicle } from "./sighted.ts";

const MAC = "942A6FD0AD1A";

/** The Alarm Manager's webhook; a vehicle without a plate sets nothing off. */
export function unifiMessages({ sighting, capturedAt, eventId }: SightedVehicle): readonly HttpPayload[] {
  if (sighting.text === null) return [];
  const trigger = {
    device: MAC,
    value: sighting.text,
    group: { name: sighting.text },
    zones: { loiter: [], line: [], zone: [1] },
    eventId: eventId.replaceAll("-", "").slice(0, 24),
    timestamp: capturedAt,
  };
  return [
    jsonPayload({
      alarm: {
        name: "Gate",
        sources: [{ device: MAC, type: "include" }],
        conditions: [{ condition: { type: "is", source: "license_plate_unknown" } }],
        triggers: [
          { ...trigger, key: "license_plate_unknown" },
          { ...trigger, key: "license_plate_of_interest" },
        ],
        eventLocalLink: `https://192.0.2.1/protect/events/event/${eventId}`,
      },
      timestamp: capturedAt,
    }),
  ];
}

/** An alarm of another kind, as its test button sends it. */
export function unifiOther(): HttpPayload {
  return jsonPayload({ alarm: { name: "Test", triggers: [{ device: MAC, key: "motion" }] }, timestamp: 0 });
}
