import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { SightedVehicle } from "./sighted.ts";

/** A recognition: XML as JSON, attributes with `@`, every value a text. Some are answers to a trigger. */
export function survisionMessage({ sighting, capturedAt }: SightedVehicle, random: Random): object {
  const decision = {
    "@plate": sighting.text ?? "",
    "@reliability": String(Math.round(sighting.confidence * 100)),
    "@context": "D",
    jpeg: "/9j/4AAQSkZJRg==",
  };
  const anpr = { "@date": String(capturedAt), ...(sighting.text === null ? {} : { decision }) };
  return random.next() < 0.2 ? { triggerResult: { "@triggerId": "3", anpr } } : { anpr };
}

export const SURVISION_CHATTER: readonly object[] = [
  { answer: { "@status": "ok" } },
  { infos: { "@cpu": "40" } },
  { ioState: { "@in1": "0" } },
];
