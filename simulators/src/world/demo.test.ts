import { setupData } from "@gatehouse/cloud/process/setup-data.ts";
import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import { describe, expect, it } from "vitest";
import { demoSystem } from "./demo.ts";

describe("the demo's system", () => {
  it("is what the cloud can be set up with", () => {
    const { setup, lots } = demoSystem({ lots: 5, seed: 1 });
    const parsed = setupData.parse(setup);
    expect(parsed.lots.map(({ code }) => code)).toEqual([
      "mitte",
      "ferry-terminal",
      "mitte-2",
      "ferry-terminal-2",
      "mitte-3",
    ]);
    expect(parsed.lots.map(({ spots }) => spots.length).slice(0, 2)).toEqual([60, 40]);
    expect(lots.map(({ site }) => site.lot_id)).toEqual(parsed.lots.map(({ lot_id }) => lot_id));
  });

  it("means the same lanes in the site file, the cloud and the policy", () => {
    const { setup, lots } = demoSystem({ lots: 2, seed: 1 });
    for (const [index, { site }] of lots.entries()) {
      const lanes = site.lanes.map(({ id, code, direction }) => `${id} ${code} ${direction}`);
      const lot = setup.lots[index];
      expect(lot?.lanes.map(({ id, code, direction }) => `${id} ${code} ${direction}`)).toEqual(lanes);
      expect(lot?.policy.lanes.map(({ lane_id, code, direction }) => `${lane_id} ${code} ${direction}`)).toEqual(lanes);
    }
  });

  it("gives all things ids of their own, the same for a seed and others for another", () => {
    const idsOf = (seed: number) => {
      const { setup } = demoSystem({ lots: 4, seed });
      return setup.lots.flatMap((lot) => [
        lot.lot_id,
        ...lot.lanes.map(({ id }) => id),
        ...(lot.spots ?? []).map(({ id }) => id),
      ]);
    };
    const ids = idsOf(1);
    expect(new Set(ids).size).toBe(ids.length);
    expect(idsOf(1)).toEqual(ids);
    expect(idsOf(2).some((id) => ids.includes(id))).toBe(false);
  });

  it("takes tickets and shops' codes at a lot that has a printer, and knows neither elsewhere", () => {
    const { setup, lots } = demoSystem({ lots: 2, seed: 1 });
    const found = lots.map(({ site, population }, index) => ({
      printers: site.lanes.filter(({ peripherals }) => peripherals.printer).map(({ direction }) => direction),
      exits: site.lanes.filter(({ direction }) => direction === "exit").map(({ without_read }) => without_read),
      transients: setup.lots[index]?.policy.transients,
      codes: setup.lots[index]?.validations?.map(({ code }) => code),
      shown: population.validation_codes,
      takers: population.ticket_share > 0,
    }));
    const codes = ["CAFE-SPREE-60"];
    expect(found).toEqual([
      { printers: ["entry"], exits: ["ask", "ask"], transients: "both", codes, shown: codes, takers: true },
      { printers: [], exits: ["open"], transients: "by_plate", codes: [], shown: [], takers: false },
    ]);
  });

  it("lets the world drive the very plates that have permits or are blocked", () => {
    const { setup, lots } = demoSystem({ lots: 2, seed: 3 });
    for (const [index, { population }] of lots.entries()) {
      const lot = setup.lots[index];
      expect(population.permit_plates.map(normalisePlate)).toEqual(lot?.permits?.flatMap(({ plates }) => plates));
      expect(population.blocked_plates.map(normalisePlate)).toEqual(lot?.blocklist?.map(({ plate }) => plate));
    }
  });
});
