import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import type { CameraMessage } from "../../../ports/camera/camera-read.ts";
import { type JsonMapping, parseGeneric as parse } from "./parse.ts";

const CONTEXT = { timeZone: "Europe/Berlin", receivedAt: wallMs(Date.UTC(2026, 4, 4, 5, 30)) };
const parseGeneric = (sent: CameraMessage, mapping?: JsonMapping) => parse(sent, CONTEXT, mapping);

const message = (json: unknown) => ({
  contentType: "application/json",
  body: Buffer.from(typeof json === "string" ? json : JSON.stringify(json)),
});

describe("a generic JSON camera", () => {
  it("reads the default fields", () => {
    const json = {
      plate: "KA01 AB",
      confidence: 0.5,
      captured_at: "2026-05-04T05:30:00Z",
      event_id: 7,
      direction: "out",
    };
    expect(parseGeneric(message(json))).toEqual({
      ok: true,
      value: [
        {
          vendorEventId: "7",
          rawText: "KA01 AB",
          confidence: 0.5,
          travel: "leaving",
          capturedAt: Date.UTC(2026, 4, 4, 5, 30),
          isReplay: false,
          sources: [],
          images: [],
        },
      ],
    });
  });

  it("keeps no character that a database refuses", () => {
    const body = Buffer.from('{"plate":"B\\u0000AB 1\\ud83d","event_id":"e\\u0000"}');
    const result = parseGeneric({ contentType: "application/json", body });
    expect(result).toMatchObject({ ok: true, value: [{ rawText: "B AB 1\ufffd", vendorEventId: "e " }] });
  });

  it("follows a mapping of dotted paths, through lists too", () => {
    const mapping = { plate: "results.0.plate.text", confidence: "results.0.score" };
    const json = { results: [{ plate: { text: "X1" }, score: 88 }] };
    expect(parseGeneric(message(json), mapping)).toMatchObject({
      ok: true,
      value: [{ rawText: "X1", confidence: 0.88 }],
    });
  });

  it("names the path where the plate should have been", () => {
    const result = parseGeneric(message({ text: "X1" }), { plate: "vehicle.plate" });
    expect(result).toMatchObject({
      ok: false,
      error: { code: "missing_field", message: expect.stringContaining("vehicle.plate") },
    });
  });

  it("does not walk into inherited properties", () => {
    expect(parseGeneric(message({}), { plate: "constructor.name" })).toMatchObject({ ok: false });
  });

  it.each(["", "{", "[1,", "\u0000"])("says that %j is no JSON", (text) => {
    expect(parseGeneric(message(text))).toMatchObject({ ok: false, error: { code: "broken_json" } });
  });
});
