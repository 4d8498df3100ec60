import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { type HttpPayload, jsonPayload, localParts, type SightedVehicle } from "./sighted.ts";

/** Date and time of day in UTC apart, the date in the order of the server's language. */
export function genetecMessage(
  { sighting, capturedAt, leaving, eventId }: SightedVehicle,
  random: Random,
): HttpPayload {
  const { date, time } = localParts(capturedAt, 0);
  const [year, month, day] = date.split("-");
  return jsonPayload({
    CameraName: "Lane camera",
    SharpName: "SharpV-1",
    Plate: sighting.text ?? "",
    DateUtc: pick(random, [date, `${month}/${day}/${year}`, `${day}/${month}/${year}`]),
    TimeUtc: time.slice(0, 8),
    Guid: eventId,
    ContextImage: "",
    PlateImage: "",
    Attributes: {
      "Relative Motion": leaving ? "Moving Away" : "Approaching",
      "Confidence Score": String(Math.round(sighting.confidence * 100)),
      "State Name": "",
    },
  });
}
