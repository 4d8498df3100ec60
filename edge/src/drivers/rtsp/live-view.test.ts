import { video as videoSchema } from "@gatehouse/shared/contracts/config/site/video.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import type { VideoError } from "../../ports/video/video-port.ts";
import type { ProgramEvents } from "./ffmpeg-process.ts";
import { LiveView, MAX_VIEWERS, SILENT_MAX_MS } from "./live-view.ts";

const JPEG = Buffer.from("ffd801ffd9", "hex");

/** A view whose program is in the test's hands. */
function bench() {
  const clock = new ManualClock();
  const running: { events: ProgramEvents; killed: boolean }[] = [];
  const view = new LiveView({
    video: videoSchema.parse({ url: "rtsp://camera/lane" }),
    clock,
    random: seededRandom(1),
    start: (_program, events) => {
      const one = { events, killed: false };
      running.push(one);
      return () => {
        one.killed = true;
        events.ended("unreachable");
      };
    },
  });
  const seen: (string | VideoError)[] = [];
  const viewer = { frame: () => seen.push("frame"), interrupted: (error: VideoError) => seen.push(error) };
  return { clock, running, view, seen, viewer };
}

describe("live view", () => {
  it("reads from the first viewer to the last one", () => {
    const { running, view, viewer } = bench();
    const [one, two] = [view.watch(viewer), view.watch({ ...viewer })];
    expect(running).toHaveLength(1);
    if (one.ok) one.value();
    expect(running[0]?.killed).toBe(false);
    if (two.ok) two.value();
    expect(running[0]?.killed).toBe(true);
    expect(view.running).toBe(false);
  });

  it("tells its viewers of an interruption and begins again after a wait", () => {
    const { clock, running, view, seen, viewer } = bench();
    view.watch(viewer);
    running[0]?.events.output(JPEG);
    running[0]?.events.ended("not_authorised");
    expect(seen).toEqual(["frame", "not_authorised"]);
    clock.advance(500);
    expect(running).toHaveLength(2);
    running[1]?.events.output(JPEG);
    expect(seen).toEqual(["frame", "not_authorised", "frame"]);
  });

  it("ends a program that keeps silent, so that a new one is started", () => {
    const { clock, running, view, viewer, seen } = bench();
    view.watch(viewer);
    clock.advance(SILENT_MAX_MS - 1);
    expect(running[0]?.killed).toBe(false);
    clock.advance(1);
    expect(running[0]?.killed).toBe(true);
    expect(seen).toEqual(["unreachable"]);
    clock.advance(1_000);
    expect(running).toHaveLength(2);
  });

  it("answers a snapshot at once from a running stream, and stops one that was begun for it", async () => {
    const { running, view, viewer } = bench();
    const asked = view.snapshot();
    running[0]?.events.output(JPEG);
    expect(await asked).toEqual({ ok: true, value: JPEG });
    expect(view.running).toBe(false);
    view.watch(viewer);
    running[1]?.events.output(JPEG);
    expect(await view.snapshot()).toEqual({ ok: true, value: JPEG });
    expect(running).toHaveLength(2);
  });

  it("turns one viewer too many away", () => {
    const { view, viewer } = bench();
    for (let i = 0; i < MAX_VIEWERS; i++) expect(view.watch({ ...viewer }).ok).toBe(true);
    expect(view.watch({ ...viewer })).toEqual({ ok: false, error: "too_many_viewers" });
  });
});
