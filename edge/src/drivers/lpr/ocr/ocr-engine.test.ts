import { existsSync } from "node:fs";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { OcrEngine } from "./ocr-engine.ts";
import { plateInText } from "./plate-in-text.ts";

const isInstalled = existsSync(new URL("../../../../ocr/node_modules/@gutenye/ocr-node", import.meta.url));
const engines: OcrEngine[] = [];

afterEach(() => {
  for (const engine of engines.splice(0)) engine.stop();
});

function engine(): OcrEngine {
  const made = new OcrEngine({ clock: systemClock() });
  engines.push(made);
  return made;
}

describe.skipIf(!isInstalled)("ocr engine (npm run ocr -- install)", () => {
  it("reads a drawn scene's plate, and refuses what is no picture without dying", async () => {
    const { drawScene, LANE_CROP } = await import("../../../../ocr/scenes/scene.ts");
    const ocr = engine();
    expect(await ocr.read(Buffer.from("no picture"), null)).toEqual({ ok: false, error: "failed" });
    const scene = await drawScene(seededRandom(3));
    const lines = await ocr.read(scene.jpeg, LANE_CROP);
    if (!lines.ok) throw new Error(lines.error);
    expect(plateInText(lines.value, [scene.layout])?.text.replaceAll(" ", "")).toBe(scene.plate);
  }, 40_000);

  it("starts anew after its process was killed, and turns too many pictures away", async () => {
    const { drawScene } = await import("../../../../ocr/scenes/scene.ts");
    const { jpeg } = await drawScene(seededRandom(4));
    const ocr = engine();
    const first = ocr.read(jpeg, null);
    ocr.stop();
    expect(await first).toEqual({ ok: false, error: "failed" });
    const many = await Promise.all(Array.from({ length: 6 }, () => ocr.read(jpeg, null)));
    expect(many.filter((one) => !one.ok).map((one) => (one.ok ? "" : one.error))).toEqual(["busy", "busy"]);
  }, 40_000);
});

describe.skipIf(isInstalled)("ocr engine that isn't installed", () => {
  it("says so", async () => {
    expect(await engine().read(Buffer.from("picture"), null)).toEqual({ ok: false, error: "not_installed" });
  }, 20_000);
});
