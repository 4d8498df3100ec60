import type { Random } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { type HttpPayload, jsonPayload, localParts, numberOf, type SightedVehicle } from "./sighted.ts";

const PICTURE_BYTES = 6_000;
/** What firmware writes where it read nothing. */
const NOTHING_READ = ["", "Unknown", "No Plate"];

/** What ITSAPI posts for one vehicle. */
export function dahuaTollgate(vehicle: SightedVehicle, random: Random): HttpPayload {
  const { sighting, capturedAt, leaving } = vehicle;
  const { date, time } = localParts(capturedAt, 0);
  const picture = samplePicture(random, PICTURE_BYTES).toString("base64");
  return jsonPayload(
    {
      Picture: {
        Plate: {
          IsExist: sighting.text !== null,
          PlateNumber: sighting.text ?? "",
          PlateColor: "White",
          PlateType: "",
          Confidence: Math.round(sighting.confidence * 100),
          BoundingBox: [100, 200, 300, 400],
        },
        Vehicle: { VehicleColor: "White", VehicleType: "PassengerCar" },
        SnapInfo: {
          Source: "Video",
          SnapTime: `${date} ${time.slice(0, 8)}`,
          AccurateTime: `${date} ${time}`,
          TimeZone: 0,
          DSTTune: 0,
          LanNo: 1,
          Direction: leaving ? "Reverse" : "Obverse",
          DefenceCode: "SIM001",
          DeviceID: "sim-dahua",
        },
        NormalPic: { PicName: `${numberOf(vehicle.eventId)}.jpg`, Content: picture },
      },
    },
    "NotificationInfo/TollgateInfo",
  );
}

/** The sign of life of a camera that pushes. */
export function dahuaKeepAlive(): HttpPayload {
  return jsonPayload({ Active: "keepAlive", DeviceID: "sim-dahua" }, "NotificationInfo/KeepAlive");
}

interface DahuaEvent {
  readonly vehicles: readonly SightedVehicle[];
  readonly random: Random;
}

/** An event in the event manager's form, the JSON over several lines. Two vehicles are two lines of `Code=`. */
export function dahuaCodeText({ vehicles, random }: DahuaEvent): string {
  return vehicles
    .map((vehicle) => {
      const data = eventData(vehicle, random);
      return `Code=TrafficJunction;action=Pulse;index=0;data=${JSON.stringify(data, null, 3)}`;
    })
    .join("\n");
}

function eventData(vehicle: SightedVehicle, random: Random) {
  const { sighting, capturedAt, leaving, eventId } = vehicle;
  const plate = sighting.text ?? NOTHING_READ[Math.floor(random.next() * NOTHING_READ.length)] ?? "";
  // Some firmware leaves the vehicle's own field empty and has the text only at the object.
  const onlyObject = sighting.text !== null && random.next() < 0.2;
  return {
    Class: "Traffic",
    CountInGroup: 1,
    EventID: numberOf(eventId) % 100_000,
    GroupID: numberOf(eventId),
    IndexInGroup: 1,
    JunctionDirection: leaving ? "Reverse" : "Obverse",
    Lane: 1,
    Object: {
      Action: "Appear",
      Confidence: Math.round(sighting.confidence * 100),
      ObjectType: "Plate",
      Text: plate,
    },
    TrafficCar: {
      DrivingDirection: [leaving ? "Leave" : "Approach", "North", "South"],
      Lane: 1,
      MachineName: "sim-dahua",
      PlateColor: "White",
      PlateNumber: onlyObject ? "" : plate,
      PlateType: "Normal",
      Speed: 8,
    },
    UTC: Math.floor(capturedAt / 1_000),
    UTCMS: capturedAt % 1_000,
  };
}

/** An event in the snap manager's form: one field a line, the vehicles by number. */
export function dahuaFieldLines({ vehicles, random }: DahuaEvent, lineEnd: "\r\n" | "\n"): string {
  const lines = vehicles.flatMap((vehicle, index) => [
    `Events[${index}].EventBaseInfo.Code=TrafficJunction`,
    `Events[${index}].EventBaseInfo.Action=Pulse`,
    ...flatten(`Events[${index}]`, eventData(vehicle, random)),
  ]);
  return lines.map((line) => `${line}${lineEnd}`).join("");
}

function flatten(path: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => flatten(`${path}[${index}]`, item));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([name, item]) => flatten(`${path}.${name}`, item));
  return [`${path}=${String(value)}`];
}
