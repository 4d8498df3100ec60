import { existsSync } from "node:fs";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { median, percentile } from "../../scripts/bench/statistics.ts";
import { plateInText } from "../src/drivers/lpr/ocr/plate-in-text.ts";

export const description =
  "plates recognised in drawn scenes (fonts, angles, blur, night), and the time for a lane's crop";

const INSTALLED = new URL("../ocr/node_modules/@gutenye/ocr-node", import.meta.url);
const SEED = 20_261_122;

interface Tally {
  scenes: number;
  right: number;
  wrong: number;
}

export async function bench(report: Report): Promise<void> {
  if (!existsSync(INSTALLED)) {
    report.progress("The recogniser isn't installed; `npm run ocr -- install` brings it. Nothing was measured.");
    return;
  }
  const { drawScene, LANE_CROP } = await import("../ocr/scenes/scene.ts");
  const { createRecogniser } = await import("../ocr/src/recogniser.ts");
  const recogniser = await createRecogniser();
  const random = seededRandom(SEED);
  const groups = new Map<string, Tally>();
  const times: { crop: number[]; frame: number[] } = { crop: [], frame: [] };
  const blind: Tally = { scenes: 0, right: 0, wrong: 0 };
  const count = report.short ? 12 : 120;
  for (let nth = 0; nth < count; nth++) {
    const { jpeg, layout, plate, conditions } = await drawScene(random);
    const startedAt = performance.now();
    const lines = await recogniser.read(jpeg, LANE_CROP);
    times.crop.push(performance.now() - startedAt);
    const known = plateInText(lines, [layout])?.text ?? null;
    const names = [
      "all",
      conditions.night ? "night" : "day",
      conditions.blur >= 1.6 ? "blurred" : "sharp",
      conditions.font,
    ];
    for (const name of names) countIn(groups, name, known, plate);
    tally(blind, plateInText(lines, [])?.text ?? null, plate);
    if (nth % 10 !== 0) continue;
    const frameAt = performance.now();
    await recogniser.read(jpeg, null);
    times.frame.push(performance.now() - frameAt);
  }
  for (const [name, one] of groups) {
    report.figure({ name: `right-${name}`, value: one.right / one.scenes, unit: `of-${one.scenes}`, ok: true });
  }
  const all = groups.get("all") ?? blind;
  report.figure({
    name: "wrong-plate",
    value: all.wrong,
    unit: `of-${all.scenes}`,
    goal: "<=1%",
    ok: all.wrong <= all.scenes / 100,
  });
  report.figure({
    name: "right-without-layout",
    value: blind.right / blind.scenes,
    unit: `of-${blind.scenes}`,
    ok: true,
  });
  report.figure({ name: "crop-p95", value: percentile(times.crop, 95), unit: "ms", ok: true });
  const ratio = median(times.crop) / median(times.frame);
  report.figure({
    name: "crop-p50",
    value: median(times.crop),
    unit: "ms",
    ratio,
    goal: "<=0.8",
    ok: ratio <= 0.8,
  });
}

function countIn(groups: Map<string, Tally>, name: string, found: string | null, plate: string): void {
  const known = groups.get(name) ?? { scenes: 0, right: 0, wrong: 0 };
  groups.set(name, known);
  tally(known, found, plate);
}

function tally(into: Tally, found: string | null, plate: string): void {
  into.scenes++;
  if (found === null) return;
  if (found.replaceAll(" ", "") === plate) into.right++;
  else into.wrong++;
}
