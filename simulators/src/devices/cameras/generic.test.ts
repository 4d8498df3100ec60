import { parseCamera } from "@gatehouse/edge/drivers/lpr/parse-camera.ts";
import { camera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { describe, expect, it } from "vitest";
import { genericPost } from "./generic.ts";

const READ = {
  sighting: { text: "AB12CDE", confidence: 0.93 },
  capturedAt: wallMs(Date.UTC(2026, 0, 2, 3, 4, 5)),
  eventId: "event-1",
  leaving: true,
  retransmission: false,
};

describe("a generic camera's message", () => {
  it("puts each field where the mapping of the site file looks for it", async () => {
    const mapping = {
      plate: "vehicle.plate.text",
      confidence: "vehicle.plate.score",
      captured_at: "time",
      event_id: "id",
      direction: "way",
    };
    const { contentType, body } = genericPost(READ, mapping);
    expect(JSON.parse(body.toString())).toMatchObject({
      vehicle: { plate: { text: "AB12CDE", score: 0.93 } },
      id: "event-1",
    });
    const result = await parseCamera(
      camera.parse({ id: "cam", format: "generic", secret: "sixteen characters", mapping }),
      { contentType, body },
      { timeZone: "UTC", receivedAt: READ.capturedAt },
    );
    expect(result).toMatchObject({
      ok: true,
      value: [
        {
          rawText: "AB12CDE",
          confidence: 0.93,
          capturedAt: READ.capturedAt,
          vendorEventId: "event-1",
          travel: "leaving",
        },
      ],
    });
  });

  it("leaves out what the mapping does not name", () => {
    expect(JSON.parse(genericPost(READ, { plate: "p" }).body.toString())).toEqual({ p: "AB12CDE" });
  });
});
