import type { Random } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { formPayload } from "./multipart.ts";
import { type HttpPayload, jsonPayload, localParts, numberOf, type SightedVehicle } from "./sighted.ts";

const PICTURE_BYTES = 3_000;
/** China's time, in which these cameras show their clock whatever the site. */
const ZONE_MINUTES = 480;

/** `AlarmInfoPlate`, as it is pushed; from newer firmware with a list of plates beside it. */
export function vzenithMessage(vehicle: SightedVehicle, random: Random): HttpPayload {
  const { sighting, capturedAt, eventId, retransmission } = vehicle;
  const license = sighting.text ?? "_无_";
  const { date, time } = localParts(capturedAt, ZONE_MINUTES);
  const [year, month, day] = date.split("-").map(Number);
  const [hour, minute, second] = time.split(":").map(Number);
  const picture = samplePicture(random, PICTURE_BYTES);
  const listed = random.next() < 0.5 ? { plates: [{ color: 4, license, plate_width: 281, type: 14 }] } : {};
  return jsonPayload({
    AlarmInfoPlate: {
      channel: 0,
      deviceName: "IVS",
      ipaddr: "192.0.2.40",
      result: {
        PlateResult: {
          bright: 0,
          colorType: 1,
          confidence: sighting.text === null ? 0 : Math.max(1, Math.round(sighting.confidence * 100)),
          direction: vehicle.leaving ? 3 : 4,
          imageFile: picture.toString("base64"),
          imageFileLen: picture.length,
          isoffline: retransmission ? 1 : 0,
          is_fake_plate: 0,
          license,
          plateid: numberOf(eventId),
          ...listed,
          timeStamp: {
            Timeval: {
              decyear: year,
              decmon: month,
              decday: day,
              dechour: hour,
              decmin: minute,
              decsec: Math.floor(second ?? 0),
              sec: Math.floor(capturedAt / 1_000),
              usec: (capturedAt % 1_000) * 1_000,
            },
          },
          triggerType: 4,
          type: 1,
        },
      },
      serialno: "eff50e18-e3d3862b",
    },
  });
}

/** The heartbeat: a form in which the camera tells its own password. */
export function vzenithHeartbeat(): HttpPayload {
  const fields = {
    device_name: "IVS",
    ipaddr: "192.0.2.40",
    port: "80",
    user_name: "admin",
    pass_wd: "admin",
    serialno: "eff50e18-e3d3862b",
  };
  return formPayload(
    Object.entries(fields).map(([field, text]) => ({ field, content: Buffer.from(text) })),
    "------------------------caa771fe4a61f3d9",
  );
}
