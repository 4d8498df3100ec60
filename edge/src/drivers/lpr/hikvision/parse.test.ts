import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CameraMessage } from "../../../ports/camera/camera-read.ts";
import { parseHikvision as parse } from "./parse.ts";

const CONTEXT = { timeZone: "Europe/Berlin", receivedAt: wallMs(Date.UTC(2026, 4, 4, 5, 30)) };
const parseHikvision = (message: CameraMessage) => parse(message, CONTEXT);

const NAMESPACES = [
  "http://www.isapi.org/ver20/XMLSchema",
  "http://www.hikvision.com/ver20/XMLSchema",
  "http://www.std-cgi.com/ver20/XMLSchema",
];

interface AlertParts {
  readonly eventType?: string;
  readonly anpr?: string;
  readonly extra?: string;
  readonly namespace?: string;
  readonly prefix?: string;
}

function alertXml({
  eventType = "ANPR",
  anpr = anprXml("B AB 1234"),
  extra = "",
  namespace = NAMESPACES[0],
  prefix = "",
}: AlertParts): string {
  const p = prefix === "" ? "" : `${prefix}:`;
  const tag = (name: string, text: string): string => `<${p}${name}>${text}</${p}${name}>`;
  const xmlns = prefix === "" ? "xmlns" : `xmlns:${prefix}`;
  const inner = [tag("eventType", eventType), tag("dateTime", "2026-05-04T07:30:00+02:00"), anpr, extra].join("\n");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${p}EventNotificationAlert version="2.0" ${xmlns}="${namespace}">${inner}</${p}EventNotificationAlert>`;
}

function anprXml(plate: string, { confidence = "97", direction = "forward" } = {}): string {
  return `<ANPR><licensePlate>${plate}</licensePlate><direction>${direction}</direction><confidenceLevel>${confidence}</confidenceLevel></ANPR>`;
}

const JPEG = Buffer.from([
  0xff, 0xd8, 0xff, 0xe0, 0x0d, 0x0a, 0x2d, 0x2d, 0x62, 0x6f, 0x75, 0x6e, 0x64, 0x00, 0xff, 0xd9,
]);

function multipart(
  xml: string,
  { fieldName = "anpr.xml", withPictures = true } = {},
): { contentType: string; body: Buffer } {
  const head = (name: string, type: string): Buffer =>
    Buffer.from(
      `--boundary\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`,
    );
  const pictures = withPictures ? [head("licensePlatePicture.jpg", "image/jpeg"), JPEG, Buffer.from("\r\n")] : [];
  return {
    contentType: "multipart/form-data; boundary=boundary",
    body: Buffer.concat([
      head(fieldName, "application/xml"),
      Buffer.from(`${xml}\r\n`),
      ...pictures,
      Buffer.from("--boundary--\r\n"),
    ]),
  };
}

const bare = (xml: string) => ({ contentType: "application/xml; charset=UTF-8", body: Buffer.from(xml) });

describe("a Hikvision ANPR notification", () => {
  it("gives plate, confidence, travel, time and id from a multipart message with pictures", async () => {
    const message = multipart(
      alertXml({ extra: "<UUID>7f1</UUID><isDataRetransmission>false</isDataRetransmission>" }),
    );
    expect(await parseHikvision(message)).toEqual({
      ok: true,
      value: [
        {
          vendorEventId: "7f1",
          rawText: "B AB 1234",
          confidence: 0.97,
          travel: "approaching",
          capturedAt: Date.UTC(2026, 4, 4, 5, 30),
          isReplay: false,
          sources: [],
          images: ["licensePlatePicture.jpg"],
        },
      ],
    });
  });

  it.each(NAMESPACES)("reads the namespace %s, with and without a prefix", async (namespace) => {
    for (const prefix of ["", "ns1"]) {
      const anpr =
        prefix === ""
          ? anprXml("X1")
          : anprXml("X1")
              .replaceAll("</", "</ns1:")
              .replaceAll(/<(?!\/)/g, "<ns1:");
      const result = await parseHikvision(bare(alertXml({ namespace, prefix, anpr })));
      expect(result).toMatchObject({ ok: true, value: [{ rawText: "X1" }] });
    }
  });

  it("finds the XML under any field name", async () => {
    expect(await parseHikvision(multipart(alertXml({}), { fieldName: "xml_file" }))).toMatchObject({
      ok: true,
      value: [{ rawText: "B AB 1234" }],
    });
  });

  it("takes a floating confidence, none at all, and one out of range", async () => {
    const confidence = async (text: string) => {
      const result = await parseHikvision(bare(alertXml({ anpr: anprXml("X1", { confidence: text }) })));
      return result.ok ? result.value[0]?.confidence : result.error;
    };
    expect(await confidence("87.5")).toBe(0.875);
    expect(await confidence("")).toBeNull();
    expect(await confidence("812")).toBeNull();
  });

  it("gives two reads for two vehicles in one event, with ids of their own", async () => {
    const result = await parseHikvision(
      bare(alertXml({ anpr: anprXml("X1") + anprXml("Y2"), extra: "<UUID>7f1</UUID>" })),
    );
    expect(result.ok && result.value.map(({ rawText, vendorEventId }) => [rawText, vendorEventId])).toEqual([
      ["X1", "7f1"],
      ["Y2", "7f1#1"],
    ]);
  });

  it("marks a late retransmission as a replay", async () => {
    const result = await parseHikvision(bare(alertXml({ extra: "<isDataRetransmission>true</isDataRetransmission>" })));
    expect(result).toMatchObject({ ok: true, value: [{ isReplay: true }] });
  });

  it("passes over other events of the same camera", async () => {
    expect(await parseHikvision(bare(alertXml({ eventType: "videoloss", anpr: "" })))).toEqual({ ok: true, value: [] });
  });

  it.each([
    ["cut XML", bare(alertXml({}).slice(0, -30)), "broken_xml"],
    ["an entity", bare(`<!DOCTYPE a [<!ENTITY b "c">]>${alertXml({})}`), "broken_xml"],
    ["another document", bare("<hello/>"), "no_event"],
    ["an ANPR event without ANPR", bare(alertXml({ anpr: "" })), "missing_field"],
    ["multipart without a boundary", { contentType: "multipart/form-data", body: Buffer.from("x") }, "not_multipart"],
    [
      "multipart without XML",
      { ...multipart("nothing here"), contentType: "multipart/form-data; boundary=boundary" },
      "no_event",
    ],
    ["no content type", { contentType: "", body: Buffer.from(alertXml({})) }, "not_multipart"],
  ])("says what is wrong with %s", async (_what, message, code) => {
    expect(await parseHikvision(message)).toMatchObject({ ok: false, error: { code } });
  });

  it("stays short about a message of nothing but open tags", async () => {
    const result = await parseHikvision(bare("<a>".repeat(30_000)));
    expect(result).toMatchObject({ ok: false, error: { code: "broken_xml" } });
    expect(result.ok ? "" : result.error.message).toMatch(/^The XML is not well-formed at line 1: .{1,120}$/);
  });

  it("says so when a multipart message is cut anywhere", async () => {
    const whole = multipart(alertXml({}));
    const xmlEnd = whole.body.indexOf("EventNotificationAlert>\r\n");
    for (let cut = 0; cut < xmlEnd; cut += 17) {
      const result = await parseHikvision({ ...whole, body: whole.body.subarray(0, cut) });
      expect(result.ok).toBe(false);
    }
  });

  it("answers every input, and never with a plate that was not sent", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom("application/xml", "multipart/form-data; boundary=boundary"),
        async (body, contentType) => {
          const result = await parseHikvision({ contentType, body });
          expect(result.ok && result.value.length > 0).toBe(false);
        },
      ),
    );
  });
});
