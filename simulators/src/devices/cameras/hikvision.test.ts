import { parseCamera } from "@gatehouse/edge/drivers/lpr/parse-camera.ts";
import { camera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { anprPost, drawOddities, type HikvisionOddities, otherEventPost } from "./hikvision.ts";
import type { HttpPayload, SightedVehicle } from "./sighted.ts";

const CAMERA = camera.parse({ id: "cam", format: "hikvision", secret: "sixteen characters" });
const READ: SightedVehicle = {
  sighting: { text: "MÜAB1234", confidence: 0.965 },
  capturedAt: wallMs(Date.UTC(2026, 10, 22, 12, 0, 5)),
  eventId: "7c1d6f0e-0000-4000-8000-000000000001",
  leaving: false,
  retransmission: false,
};
const PLAIN: HikvisionOddities = {
  namespace: "http://www.hikvision.com/ver20/XMLSchema",
  prefix: "",
  uuid: true,
  pictures: true,
  fractionalConfidence: false,
  zoneErrorMinutes: 0,
  xmlField: "anpr.xml",
};
const random = seededRandom(1);

/** The only read that the agent's own parser finds in a message. */
async function parsed({ contentType, body }: HttpPayload) {
  const result = await parseCamera(CAMERA, { contentType, body }, { timeZone: "UTC", receivedAt: READ.capturedAt });
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

describe("a Hikvision camera's message", () => {
  it("is understood by the agent's parser, field by field", async () => {
    expect(await parsed(anprPost(READ, PLAIN, random))).toEqual([
      {
        vendorEventId: READ.eventId,
        rawText: "MÜAB1234",
        confidence: 0.96,
        travel: "approaching",
        capturedAt: READ.capturedAt,
        isReplay: false,
        sources: ["Lane", "1", "00:00:5e:00:53:40", "192.0.2.64"],
        images: ["licensePlatePicture.jpg", "detectionPicture.jpg"],
      },
    ]);
  });

  it.each<[string, Partial<HikvisionOddities>, object]>([
    ["a recorder's prefix", { prefix: "ns1:" }, { rawText: "MÜAB1234" }],
    ["another namespace", { namespace: "http://www.isapi.org/ver20/XMLSchema" }, { rawText: "MÜAB1234" }],
    ["no UUID", { uuid: false }, { vendorEventId: null }],
    ["no pictures", { pictures: false }, { rawText: "MÜAB1234" }],
    ["a fractional confidence", { fractionalConfidence: true }, { confidence: 0.965 }],
    ["the other field name", { xmlField: "xml_file" }, { rawText: "MÜAB1234" }],
    ["a wrong zone", { zoneErrorMinutes: 420 }, { capturedAt: READ.capturedAt - 420 * 60_000 }],
  ])("survives %s", async (_name, oddity, expected) => {
    expect(await parsed(anprPost(READ, { ...PLAIN, ...oddity }, random))).toMatchObject([expected]);
  });

  it("says unknown for a plate that was not found, and marks what comes late", async () => {
    const missed = { ...READ, sighting: { text: null, confidence: 0 }, retransmission: true };
    expect(await parsed(anprPost(missed, PLAIN, random))).toMatchObject([{ rawText: "unknown", isReplay: true }]);
  });

  it("carries two pictures that are JPEG from end to end", async () => {
    const { contentType, body } = anprPost(READ, PLAIN, random);
    const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
    for (const name of ["licensePlatePicture.jpg", "detectionPicture.jpg"]) {
      const picture = form.get(name);
      if (!(picture instanceof Blob)) throw new Error(`${name} is no file`);
      const bytes = Buffer.from(await picture.arrayBuffer());
      expect(bytes.subarray(0, 4).toString("hex")).toBe("ffd8fffe");
      expect(bytes.subarray(-2).toString("hex")).toBe("ffd9");
      expect(bytes.length).toBeGreaterThan(1_000);
    }
  });

  it("has no read in another event", async () => {
    expect(await parsed(otherEventPost(READ.capturedAt, PLAIN, random))).toEqual([]);
    expect(await parsed(otherEventPost(READ.capturedAt, { ...PLAIN, prefix: "ns1:" }, random))).toEqual([]);
  });

  it("draws every oddity now and then, and the same ones for the same seed", () => {
    const draw = (seed: number) => {
      const source = seededRandom(seed);
      return Array.from({ length: 300 }, () => drawOddities(source));
    };
    const drawn = draw(7);
    expect(draw(7)).toEqual(drawn);
    expect(new Set(drawn.map(({ namespace }) => namespace)).size).toBe(3);
    for (const odd of [
      ({ prefix }: HikvisionOddities) => prefix === "ns1:",
      ({ uuid }: HikvisionOddities) => !uuid,
      ({ pictures }: HikvisionOddities) => !pictures,
      ({ fractionalConfidence }: HikvisionOddities) => fractionalConfidence,
      ({ zoneErrorMinutes }: HikvisionOddities) => zoneErrorMinutes !== 0,
      ({ xmlField }: HikvisionOddities) => xmlField === "xml_file",
    ]) {
      expect(drawn.some(odd)).toBe(true);
      expect(drawn.every(odd)).toBe(false);
    }
  });
});
