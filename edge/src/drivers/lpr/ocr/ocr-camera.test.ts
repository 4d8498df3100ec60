import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { err, ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { describe, expect, it } from "vitest";
import type { FoundText } from "../../../../ocr/src/messages.ts";
import type { CameraLink, ReadOutcome } from "../../../ports/camera/camera-port.ts";
import type { VideoError } from "../../../ports/video/video-port.ts";
import { MAX_PICTURES, OcrCamera } from "./ocr-camera.ts";

const JPEG = Buffer.from("ffd8ffd9", "hex");
const box = { left: 0, top: 0, right: 100, bottom: 30 };

/** A camera whose picture, recogniser and loop are in the test's hands. */
function bench(found: () => readonly FoundText[], outcome: ReadOutcome = "accepted") {
  const clock = new ManualClock();
  let tell: (isThere: boolean) => void = () => {};
  let picture: () => Promise<Result<Buffer, VideoError>> = async () => ok(JPEG);
  const seen: string[] = [];
  const links: CameraLink[] = [];
  let looks = 0;
  const camera = new OcrCamera({
    cameraId: "cam-in",
    crop: null,
    layouts: [],
    minConfidence: 0.6,
    clock,
    snapshot: () => picture(),
    read: async () => {
      looks++;
      return ok(found());
    },
    onVehicle: (listener) => {
      tell = listener;
      return () => {};
    },
  });
  const listener = {
    reads(reads: readonly { rawText: string }[]) {
      seen.push(...reads.map(({ rawText }) => rawText));
      return [outcome];
    },
    rejected() {},
    link: (link: CameraLink) => links.push(link),
  };
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(50);
      await new Promise(setImmediate);
    }
  };
  return {
    camera,
    listener,
    seen,
    links,
    pass,
    vehicle: (isThere: boolean) => tell(isThere),
    looks: () => looks,
    setPicture: (next: typeof picture) => {
      picture = next;
    },
  };
}

describe("ocr camera", () => {
  it("looks only while a vehicle covers the loop, until its plate was taken (Verifies: SAFE-27)", async () => {
    let lines: FoundText[] = [];
    const { camera, listener, seen, pass, vehicle, looks } = bench(() => lines);
    await camera.start(listener);
    await pass(2_000);
    expect(looks()).toBe(0);
    vehicle(true);
    await pass(1_000);
    expect(looks()).toBe(2);
    lines = [{ text: "AB 123", confidence: 0.9, box }];
    await pass(3_000);
    expect([seen, looks()]).toEqual([["AB 123"], 3]);
  });

  it("takes no picture of the vehicle before for this one's (Verifies: SAFE-27)", async () => {
    const { camera, listener, seen, pass, vehicle, setPicture } = bench(() => [
      { text: "AB 123", confidence: 0.9, box },
    ]);
    await camera.start(listener);
    const answers: ((picture: Result<Buffer, VideoError>) => void)[] = [];
    setPicture(() => new Promise((resolve) => answers.push(resolve)));
    vehicle(true);
    await pass(200);
    vehicle(false);
    for (const answer of answers) answer(ok(JPEG));
    await pass(200);
    expect(seen).toEqual([]);
  });

  it("leaves an unsure text alone, and gives up after a number of pictures", async () => {
    const { camera, listener, seen, pass, vehicle, looks } = bench(() => [{ text: "AB 123", confidence: 0.3, box }]);
    await camera.start(listener);
    vehicle(true);
    await pass(60_000);
    expect([seen, looks()]).toEqual([[], MAX_PICTURES]);
  });

  it("says what is wrong with the picture and goes on trying", async () => {
    const { camera, listener, seen, links, pass, vehicle, setPicture } = bench(() => [
      { text: "AB 123", confidence: 1, box },
    ]);
    setPicture(async () => err("not_authorised"));
    await camera.start(listener);
    vehicle(true);
    await pass(400);
    expect(links.at(-1)).toMatchObject({ state: "down", code: "refused" });
    setPicture(async () => ok(JPEG));
    await pass(1_500);
    expect([seen, links.at(-1)]).toEqual([["AB 123"], { state: "up" }]);
    await camera.stop();
  });
});
