import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { video } from "@gatehouse/shared/contracts/config/site/video.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { expect, it, onTestFinished } from "vitest";
import { SmoothViews } from "./smooth-view.ts";

it("a smooth view that can't begin costs no lease, however often it is tried", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gate-video-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "taken"), "");
  const views = new SmoothViews({
    video: video.parse({ url: "rtsp://127.0.0.1:1/lane" }),
    directory: join(folder, "taken", "sockets"),
    name: "cam-1",
    clock: new ManualClock(),
  });
  for (let tries = 0; tries < 6; tries++) expect(await views.lease()).toEqual({ ok: false, error: "unreachable" });
});
