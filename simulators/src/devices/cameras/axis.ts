import type { Random } from "@gatehouse/shared/kit/random.ts";
import { samplePicture } from "../picture.ts";
import { formPayload } from "./multipart.ts";
import { type HttpPayload, jsonPayload, localParts, numberOf, type SightedVehicle } from "./sighted.ts";

const BOUNDARY = "------------------------4f2b1c9d7e6a5f30";
const PICTURE_BYTES = 4_000;
/** Share of events in which the text changes once more of the plate was seen. */
const TEXT_CHANGES = 0.1;

/** The fields of one event, numbers as texts; `carState` is new, update or lost. */
export function axisEvent(vehicle: SightedVehicle, carState: string): Readonly<Record<string, unknown>> {
  const plate = vehicle.sighting.text ?? "";
  const { date, time } = localParts(vehicle.capturedAt, 0);
  return {
    packetCounter: String(numberOf(vehicle.eventId)),
    capture_timestamp: String(vehicle.capturedAt),
    frame_timestamp: "0",
    datetime: `${date.replaceAll("-", "")} ${time.replaceAll(":", "").replace(".", "")}`,
    plateText: plate,
    plateUnicode: plate,
    plateUTF8: plate,
    plateASCII: plate.normalize("NFD").replaceAll(/[^\x20-\x7e]/g, ""),
    plateCountry: "SWE",
    plateConfidence: vehicle.sighting.confidence.toFixed(6),
    carState,
    roiID: "1",
    geotag: { lat: 50.418114, lon: 30.476213 },
    imageType: "plate",
    plateImageType: "jpg",
    plateImageSize: "0",
    carMoveDirection: carState === "new" ? "unknown" : vehicle.leaving ? "out" : "in",
    timeProcessing: "0",
    plateCoordinates: [1_185, 532, 140, 28],
    carID: String(numberOf(vehicle.eventId) % 100_000),
    GEOtarget: "Camera",
    imagesURI: [`/local/fflprapp/tools.cgi?action=getImage&name=45/${numberOf(vehicle.eventId)}lp.jpg`],
    camera_info: { SerialNumber: "ACCC8E000053", ProdShortName: "AXIS P1455-LE", MACAddress: "AC:CC:8E:00:00:53" },
    sensorProviderID: "defaultID",
  };
}

/** The three events of one car; the text of the first may be corrected by the second. `lost` is of another moment. */
export function axisMessages(vehicle: SightedVehicle, random: Random): readonly HttpPayload[] {
  const { text } = vehicle.sighting;
  const first =
    text !== null && random.next() < TEXT_CHANGES ? { ...vehicle.sighting, text: text.slice(0, -1) } : vehicle.sighting;
  const states = [
    axisEvent({ ...vehicle, sighting: first }, "new"),
    axisEvent(vehicle, "update"),
    axisEvent(vehicle, "lost"),
  ];
  return states.map((event) => (random.next() < 0.5 ? jsonPayload(event) : withPicture(event, random)));
}

function withPicture(event: unknown, random: Random): HttpPayload {
  return formPayload(
    [
      { field: "event", content: Buffer.from(JSON.stringify(event)) },
      {
        field: "image",
        fileName: "plate.jpg",
        contentType: "image/jpeg",
        content: samplePicture(random, PICTURE_BYTES),
      },
    ],
    BOUNDARY,
  );
}

/** The same event as ONVIF's metadata stream tells it. */
export function axisXml(vehicle: SightedVehicle, carState: string): HttpPayload {
  const event = axisEvent(vehicle, carState);
  const items = {
    text: event.plateUTF8,
    lpConfidence: event.plateConfidence,
    carMoveDirection: event.carMoveDirection,
    carState,
    capture_timestamp: event.capture_timestamp,
    carID: event.carID,
    country: "SWE",
  };
  const data = Object.entries(items).map(
    ([name, value]) => `<tt:SimpleItem Name="${name}" Value="${String(value)}" />`,
  );
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">
<tt:Event><wsnt:NotificationMessage><wsnt:Topic>tnsaxis:CameraApplicationPlatform/ALPV.AllPlates</wsnt:Topic>
<wsnt:Message><tt:Message UtcTime="${new Date(vehicle.capturedAt).toISOString()}"><tt:Source /><tt:Data>
${data.join("\n")}
</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>`;
  return { contentType: "application/xml", body: Buffer.from(xml) };
}
