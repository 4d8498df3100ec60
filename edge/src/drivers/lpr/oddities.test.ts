import { camera as cameraSchema } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import type { CameraRead } from "../../ports/camera/camera-read.ts";
import { parseCamera } from "./parse-camera.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const CONTEXT = { timeZone: "Europe/Berlin", receivedAt: wallMs(NOW) };
const EXTRA: Readonly<Record<string, object>> = {
  frigate: { url: "mqtt://192.0.2.1", source: "lane" },
  survision: { url: "ws://192.0.2.1:10001/async" },
};

/** What becomes of a body: the reads, or the code of the failure. */
async function read(format: string, body: unknown, more: { contentType?: string; topic?: string } = {}) {
  const plain = EXTRA[format] ?? { secret: "sixteen characters" };
  const camera = cameraSchema.parse({ id: "cam", format, ...plain });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const message = { contentType: "application/json", body: Buffer.from(text), ...more };
  const result = await parseCamera(camera, message, CONTEXT);
  return result.ok ? result.value : result.error.code;
}

type Row = readonly [what: string, body: unknown, expected: readonly Partial<CameraRead>[] | string];

function table(format: string, rows: readonly Row[], topic?: string): void {
  it.each(rows)(`${format}: %s`, async (_what, body, expected) => {
    const found = await read(format, body, topic === undefined ? {} : { topic });
    if (typeof expected === "string") return expect(found).toBe(expected);
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject([...expected]);
  });
}

describe("what vendors send", () => {
  const line = (fields: string): string => fields.replaceAll(" | ", "\n");
  table("dahua", [
    ["a heartbeat", "Heartbeat", []],
    ["an empty part", "\r\n", []],
    [
      "a plate of the object, where the car has none",
      'Code=TrafficJunction;action=Pulse;index=0;data={"Object":{"ObjectType":"Plate","Text":"AB12"},"TrafficCar":{"PlateNumber":""}}',
      [{ rawText: "AB12" }],
    ],
    [
      "an object that is no plate",
      'Code=TrafficJunction;action=Pulse;index=0;data={"Object":{"ObjectType":"Vehicle","Text":"Toyota"},"TrafficCar":{"PlateNumber":""}}',
      [{ rawText: "" }],
    ],
    [
      "two vehicles in one event",
      line(
        "Events[0].TrafficCar.PlateNumber=AB12 | Events[0].GroupID=9 | Events[1].TrafficCar.PlateNumber=CD34 | Events[1].GroupID=9",
      ),
      [{ rawText: "AB12" }, { rawText: "CD34" }],
    ],
    [
      "two events in one part",
      'Code=TrafficJunction;action=Pulse;index=0;data={"TrafficCar":{"PlateNumber":"AB12"}}\nCode=TrafficJunction;action=Pulse;index=0;data={"TrafficCar":{"PlateNumber":"CD34"}}',
      [{ rawText: "AB12" }, { rawText: "CD34" }],
    ],
    ["an event's end", 'Code=TrafficParking;action=Stop;index=0;data={"TrafficCar":{"PlateNumber":"AB12"}}', []],
    ["motion in the same stream", "Code=VideoMotion;action=Start;index=0", []],
    [
      "a bicycle",
      line(
        "Events[0].Code=TrafficJunction | Events[0].CommInfo.SnapCategory=NonMotor | Events[0].TrafficCar.PlateNumber=",
      ),
      [],
    ],
    ["a word for none", line("Events[0].TrafficCar.PlateNumber=No Plate"), [{ rawText: "No Plate" }]],
    [
      "a field that comes twice",
      line("Events[0].TrafficCar.PlateNumber=AB12 | Events[0].TrafficCar.PlateNumber=CD34"),
      [{ rawText: "AB12" }],
    ],
    [
      "seconds and milliseconds apart",
      line(`Events[0].TrafficCar.PlateNumber=AB12 | Events[0].UTC=${NOW / 1_000} | Events[0].UTCMS=619`),
      [{ capturedAt: wallMs(NOW + 619) }],
    ],
    [
      "confidence of 0 to 255",
      line("Events[0].TrafficCar.PlateNumber=AB12 | Events[0].Object.Confidence=204"),
      [{ confidence: 0.8 }],
    ],
    [
      "a confidence of 0, which is none",
      line("Events[0].TrafficCar.PlateNumber=AB12 | Events[0].Object.Confidence=0"),
      [{ confidence: null }],
    ],
    ["data that is cut off", "Code=TrafficJunction;action=Pulse;index=0;data={", "broken_json"],
    ["a plate that doesn't exist", { Picture: { Plate: { IsExist: false, PlateNumber: "AB12" } } }, [{ rawText: "" }]],
    ["a picture without a plate", { Picture: {} }, "missing_field"],
    ["a greeting", "hello", "no_event"],
  ]);
  table("axis", [
    [
      "numbers as texts",
      { plateUTF8: "AB12", plateConfidence: "0.719034", carID: "102", carState: "new", capture_timestamp: String(NOW) },
      [
        {
          vendorEventId: "102:AB12",
          confidence: 0.719034,
          capturedAt: wallMs(NOW),
          vehicle: { ids: ["102"], isGone: false },
        },
      ],
    ],
    [
      "a car that has gone",
      { plateUTF8: "AB12", carID: 102, carState: "lost" },
      [{ vehicle: { ids: ["102"], isGone: true } }],
    ],
    [
      "the oldest version's fields",
      { plateText: "\\u0041B12", carState: "lost", datetime: "20261122 130000000" },
      [{ capturedAt: wallMs(NOW) }],
    ],
    [
      "a list of events",
      [
        { plateUTF8: "AB12", carState: "new" },
        { plateUTF8: "CD34", carState: "new" },
      ],
      [{ rawText: "AB12" }, { rawText: "CD34" }],
    ],
    ["a state that we don't know", { plateUTF8: "AB12", carState: "parked" }, "missing_field"],
    ["a sign of life", { heartbeat: "1" }, []],
    ["an event without a plate's field", { carID: "1" }, "missing_field"],
    ["XML that is no event", "<a/>", "no_event"],
  ]);
  table("platerecognizer", [
    [
      "a plate as a text",
      { data: { results: [{ plate: "ab12", score: 0.9 }], timestamp: "2026-11-22T12:00:00Z" } },
      [{ rawText: "ab12", confidence: 0.9, capturedAt: wallMs(NOW) }],
    ],
    [
      "a plate as an object",
      {
        data: {
          results: [
            {
              plate: {
                props: {
                  plate: [
                    { value: "ab12", score: 0.8 },
                    { value: "ab72", score: 0.1 },
                  ],
                },
              },
            },
          ],
        },
      },
      [{ rawText: "ab12", confidence: 0.8 }],
    ],
    ["a vehicle without a plate", { data: { results: [{ plate: null, vehicle: {} }] } }, [{ rawText: "" }]],
    [
      "no camera time",
      { data: { timestamp_camera: null, timestamp: "2026-11-22T12:00:00Z", results: [{ plate: "ab12" }] } },
      [{ capturedAt: wallMs(NOW) }],
    ],
    ["no vehicle", { data: { results: [] } }, []],
    ["another kind of event", { hook: { event: "dwell_time" }, data: {} }, []],
    ["somebody else's JSON", { a: 1 }, "no_event"],
  ]);
  table("rekor", [
    [
      "version 1 of the group",
      { data_type: "alpr_group", best_plate: { plate: "AB12", confidence: 91 }, best_uuid: "u" },
      [{ rawText: "AB12", confidence: 0.91, vendorEventId: "u" }],
    ],
    [
      "a group of many frames",
      { data_type: "alpr_group", best_plate_number: "AB12", best_uuid: "u2", uuids: ["u1", "u2", "u3"] },
      [{ vendorEventId: "u2", vehicle: { ids: ["u2", "u1", "u2", "u3"], isGone: true } }],
    ],
    [
      "a group with candidates only",
      { data_type: "alpr_group", candidates: [{ plate: "AB12" }] },
      [{ rawText: "AB12" }],
    ],
    [
      "an alert around a group",
      { data_type: "alpr_alert", group: { best_plate_number: "AB12" } },
      [{ rawText: "AB12" }],
    ],
    ["an alert without one", { data_type: "alpr_alert" }, "missing_field"],
    [
      "two plates in a frame",
      { data_type: "alpr_results", uuid: "u", results: [{ plate: "AB12" }, { plate: "CD34" }] },
      [{ vendorEventId: "u" }, { vendorEventId: "u#1" }],
    ],
    ["a heartbeat", { data_type: "heartbeat" }, []],
    ["the test of a webhook", { openalpr_webhook: "test" }, []],
    ["a kind that we don't know", { data_type: "x" }, "no_event"],
  ]);
  table("vzenith", [
    [
      "no plate",
      { AlarmInfoPlate: { result: { PlateResult: { license: "_无_", confidence: 0 } } } },
      [{ rawText: "_无_", confidence: null }],
    ],
    [
      "a list without confidence",
      { AlarmInfoPlate: { result: { PlateResult: { plates: [{ license: "AB12" }, { license: "CD34" }] } } } },
      [
        { rawText: "AB12", confidence: null },
        { rawText: "CD34", confidence: null },
      ],
    ],
    [
      "a list that says the same",
      { AlarmInfoPlate: { result: { PlateResult: { license: "AB12", plates: [{ license: "AB12" }] } } } },
      [{ rawText: "AB12" }],
    ],
    [
      "what was kept",
      { AlarmInfoPlate: { result: { PlateResult: { license: "AB12", isoffline: 1 } } } },
      [{ isReplay: true }],
    ],
    [
      "a printed plate",
      { AlarmInfoPlate: { result: { PlateResult: { license: "AB12", is_fake_plate: 1 } } } },
      [{ rawText: "" }],
    ],
    ["an input of its own", { AlarmGioIn: { result: {} } }, []],
    ["nothing", {}, "no_event"],
  ]);
  table("unifi", [
    [
      "one vehicle under two conditions",
      {
        alarm: {
          triggers: ["license_plate_unknown", "license_plate_of_interest"].map((key) => ({
            key,
            value: "AB12",
            eventId: "e",
            device: "942A6FD0AD1A",
          })),
        },
      },
      [{ rawText: "AB12", confidence: null, sources: ["942A6FD0AD1A"] }],
    ],
    ["another alarm", { alarm: { triggers: [{ key: "person", value: "AB12" }] } }, []],
    ["an alarm without triggers", { alarm: {} }, []],
    ["no alarm", { hello: 1 }, "no_event"],
  ]);
  table("milesight", [
    [
      "a time without a zone",
      { plate: "AB12", time: "2026-11-22 13:00:00", device: "Lane" },
      [{ capturedAt: wallMs(NOW), sources: ["Lane"] }],
    ],
    ["a hyphen for no plate", { plate: "-", device: "Lane" }, [{ rawText: "-" }]],
    ["a count", { device: "Lane", car: "4" }, []],
    ["nothing", {}, "missing_field"],
  ]);
  table("survision", [
    [
      "texts for everything",
      { anpr: { "@date": String(NOW), decision: { "@plate": "AB12", "@reliability": "80" } } },
      [{ rawText: "AB12", confidence: 0.8, capturedAt: wallMs(NOW) }],
    ],
    [
      "a trigger's answer",
      { triggerResult: { "@triggerId": "1", decision: { "@plate": "AB12" } } },
      [{ rawText: "AB12" }],
    ],
    ["a trigger without a result", { triggerResult: { "@triggerId": "1" } }, []],
    ["the answer to our wish", { answer: { "@status": "ok" } }, []],
    ["nothing", {}, "no_event"],
  ]);
  table("genetec", [
    ["month first", { Plate: "AB12", DateUtc: "11/22/2026", TimeUtc: "12:00:00" }, [{ capturedAt: wallMs(NOW) }]],
    ["day first", { Plate: "AB12", DateUtc: "22/11/2026", TimeUtc: "12:00:00" }, [{ capturedAt: wallMs(NOW) }]],
    ["year first", { Plate: "AB12", DateUtc: "2026-11-22", TimeUtc: "12:00:00" }, [{ capturedAt: wallMs(NOW) }]],
    [
      "a score among the attributes",
      { Plate: "AB12", Attributes: { "Confidence Score": "87", "Relative Motion": "Moving Away" } },
      [{ confidence: 0.87, travel: "leaving", capturedAt: null }],
    ],
    ["nothing", {}, "missing_field"],
  ]);
  const after = (plate: unknown) => ({
    type: "update",
    after: {
      id: "1.2-a",
      camera: "lane",
      frame_time: NOW / 1_000,
      ...(plate === undefined ? {} : { recognized_license_plate: plate }),
      sub_label: ["AB99", 0.9],
    },
  });
  table(
    "frigate",
    [
      [
        "a plate as a text",
        after("AB12"),
        [{ rawText: "AB12", vendorEventId: "1.2-a:AB12", capturedAt: wallMs(NOW), sources: ["lane"] }],
      ],
      ["a car that has gone", { ...after("AB12"), type: "end" }, [{ vehicle: { ids: ["1.2-a"], isGone: true } }]],
      ["a plate as a list", after(["AB12", 0.9]), [{ rawText: "AB12", confidence: 0.9 }]],
      ["a plate as an object", after({ plate: "AB12", confidence: 0.9 }), [{ rawText: "AB12", confidence: 0.9 }]],
      ["a known name, which is no plate", after(undefined), []],
      ["no car", { type: "update" }, "missing_field"],
    ],
    "events",
  );
  table(
    "frigate",
    [
      [
        "the plate as it is read",
        { type: "lpr", id: "1.2-a", plate: "AB12", score: 0.936, name: null, timestamp: NOW / 1_000 },
        [{ rawText: "AB12", confidence: 0.936, vendorEventId: "1.2-a:AB12" }],
      ],
      ["a face", { type: "face", name: "AB12" }, []],
    ],
    "tracked_object_update",
  );
  table("hikvision", [["no XML", { a: 1 }, "not_multipart"]]);
});

describe("a Hikvision camera's XML", () => {
  it.each([
    [
      "capitals of another firmware",
      "<EventNotificationAlert><EVENTTYPE>anpr</EVENTTYPE><ANPR><LicensePlate>AB12</LicensePlate></ANPR></EventNotificationAlert>",
    ],
    [
      "a misspelt tag",
      "<EventNotificationAlert><eventType>ANPR</eventType><ANPR><lisencePlate>AB12</lisencePlate></ANPR></EventNotificationAlert>",
    ],
    [
      "zero bytes at the end",
      "<EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>AB12</licensePlate></ANPR></EventNotificationAlert>\0\0",
    ],
  ])("is read with %s", async (_what, xml) => {
    expect(await read("hikvision", xml, { contentType: "application/xml" })).toMatchObject([{ rawText: "AB12" }]);
  });

  it("is read in the character set that the camera declares", async () => {
    const xml =
      "<EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>\xd4\xc1Z9065</licensePlate></ANPR></EventNotificationAlert>";
    const camera = cameraSchema.parse({ id: "cam", format: "hikvision", secret: "sixteen characters" });
    const message = { contentType: "application/xml; charset=GB2312", body: Buffer.from(xml, "latin1") };
    expect(await parseCamera(camera, message, CONTEXT)).toMatchObject({ ok: true, value: [{ rawText: "粤Z9065" }] });
  });

  it("does not follow thousands of tags into the depth", async () => {
    const deep = `${"<a>".repeat(60_000)}${"</a>".repeat(60_000)}`.slice(0, 262_144);
    expect(await read("hikvision", deep, { contentType: "application/xml" })).toBe("broken_xml");
  });
});
