import { parseCamera } from "@gatehouse/edge/drivers/lpr/parse-camera.ts";
import { camera, isPushed, type PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { CERTAIN_EYE } from "./camera-eye.ts";
import type { HttpPayload } from "./cameras/sighted.ts";
import { LprCamera } from "./lpr-camera.ts";

const CAMERA = pushed({ id: "cam", format: "hikvision", secret: "sixteen characters", direction: "approaching" });

function pushed(plain: object): PushedCamera {
  const parsed = camera.parse(plain);
  if (!isPushed(parsed)) throw new RangeError("This camera doesn't push.");
  return parsed;
}

/** An agent that is there or not, and a camera before it. */
function rig(seed: number) {
  const posts: HttpPayload[] = [];
  const agent = { there: true };
  const camera = new LprCamera({
    camera: CAMERA,
    clock: new ManualClock({ wall: wallMs(1_000_000) }),
    random: seededRandom(seed),
    eye: CERTAIN_EYE,
    post: (payload) => {
      if (!agent.there) return Promise.reject(new Error("connection refused"));
      posts.push(payload);
      return Promise.resolve();
    },
  });
  const reads = async () => {
    const results = await Promise.all(
      posts.map(({ contentType, body }) =>
        parseCamera(CAMERA, { contentType, body }, { timeZone: "UTC", receivedAt: wallMs(1_000_000) }),
      ),
    );
    return results.flatMap((result) => (result.ok ? result.value : []));
  };
  return { camera, agent, posts, reads };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("an LPR camera", () => {
  it("repeats itself and talks of other things now and then", async () => {
    const { camera, posts, reads } = rig(3);
    for (let index = 0; index < 100; index++) {
      camera.see(`B-AB ${1_000 + index}`, { nth: 0, leaving: false });
      await settle();
    }
    const found = await reads();
    const plates = found.map(({ rawText }) => rawText);
    expect(new Set(plates).size).toBe(100);
    expect(plates.length).toBeGreaterThan(100);
    expect(posts.length).toBeGreaterThan(found.length);
  });

  it("sends later, marked as late, what it could not send", async () => {
    const { camera, agent, reads } = rig(5);
    agent.there = false;
    camera.see("B-AB 1", { nth: 0, leaving: false });
    await settle();
    agent.there = true;
    camera.see("B-CD 2", { nth: 0, leaving: false });
    await settle();
    await settle();
    const found = await reads();
    expect(found).toContainEqual(expect.objectContaining({ rawText: "BCD2", isReplay: false }));
    expect(found).toContainEqual(expect.objectContaining({ rawText: "BAB1", isReplay: true }));
  });

  it("keeps no more than its backlog for an agent that is away", async () => {
    const { camera, agent, reads } = rig(9);
    agent.there = false;
    for (let index = 0; index < 100; index++) {
      camera.see(`B-AB ${1_000 + index}`, { nth: 0, leaving: false });
      await settle();
    }
    agent.there = true;
    camera.see("B-CD 2", { nth: 0, leaving: false });
    for (let index = 0; index < 60; index++) await settle();
    const late = (await reads()).filter(({ isReplay }) => isReplay);
    expect(late).toHaveLength(20);
    expect(late.map(({ rawText }) => rawText)).toContain("BAB1099");
  });
});
