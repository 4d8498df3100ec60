import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { boardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

function fileAt(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
}

/** Lines of `gpio=` with these settings, as numbers. */
function linesWith(text: string, settings: string): number[] {
  const found = text.split("\n").flatMap((line) => /^gpio=([\d,]+)=(.+)$/.exec(line)?.slice(1) ?? []);
  const at = found.indexOf(settings);
  return (found[at - 1] ?? "").split(",").map(Number);
}

describe("the files of the computer", () => {
  it("have the firmware hold each relay of the Raspberry Pi's site off, and each input up (Verifies: SAFE-09)", () => {
    const site = siteSchema.parse(parse(fileAt("firmware-configs/sites/raspberry-pi-two-lanes.yaml")));
    const [board] = site.boards;
    if (board?.driver !== "gpio") throw new Error("no GPIO board");
    const numbersOf = (channels: readonly unknown[]): number[] =>
      channels.map((one) => Number(String(one).replace("GPIO", ""))).sort((a, b) => a - b);
    const use = boardUse(board.id, site.lanes);
    const config = fileAt("firmware-configs/raspberry-pi/config.txt");
    const off = board.output_on === "low" ? "op,dh" : "op,dl";
    expect(linesWith(config, off)).toEqual(numbersOf(use.outputs));
    expect(linesWith(config, "ip,pu")).toEqual(numbersOf(use.inputs));
  });

  it("never restart the computer for an agent that can't start: a fault in the site file is mended by a person", () => {
    const unit = fileAt("scripts/package/debian/gatehouse.service");
    expect(unit).toMatch(/^StartLimitIntervalSec=0$/m);
    expect(unit).not.toMatch(/reboot/);
    expect(unit).toMatch(/^Restart=always$/m);
  });
});
