import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DeskLot } from "../decision/testing/desk-lot.ts";
import { ENTRY_LANE, EXIT_LANE, permitItem, samplePermit } from "../decision/testing/lot-sample.ts";
import { PIN_MAX_WRONG, PIN_PAUSE_MS, Pins } from "./pins.ts";

const PIN = "4711";
const clock = new ManualClock();
let lot: DeskLot;
let pins: Pins;
let paused: string[];
let told: string;

beforeEach(async () => {
  lot = new DeskLot();
  paused = [];
  pins = new Pins({
    clock,
    newId: lot.temp.newId,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    report: async (event) => {
      if (event.type === "alarm.raised" && event.code === "pin_tries") paused.push(event.lane_id ?? "");
    },
  });
  await lot.load({ transients: "by_ticket" }, [permitItem(samplePermit("P1", "BAB123", { codes: [PIN] }))]);
});
afterEach(() => lot.temp.remove());

const nameOf = (value: string): string =>
  pins.named({ laneId: ENTRY_LANE, kind: "pin", value, read: null, direction: null }).value;

async function type(value: string, laneId = ENTRY_LANE) {
  const direction = laneId === ENTRY_LANE ? "entry" : "exit";
  const credential = { kind: "pin", value: nameOf(value) } as const;
  const decision = await pins.judging(lot.desk).decide({ laneId, direction, credential, read: null, override: null });
  await lot.end(decision, "backed_out");
  told = decision.displayKey;
  return decision.outcome;
}

it("knows a PIN by a name that says nothing of it, the same at each time", async () => {
  expect(nameOf(PIN)).not.toContain(PIN);
  expect(nameOf(PIN)).toBe(nameOf(PIN));
  expect(nameOf("0815")).not.toBe(nameOf(PIN));
  expect(pins.named({ laneId: ENTRY_LANE, kind: "card", value: PIN, read: null, direction: null }).value).toBe(PIN);
});

it("lets a permit's PIN in, and tells nobody of its digits", async () => {
  expect(await type(PIN)).toBe("admit");
  const told = [...lot.ofType("decision.made"), ...lot.ofType("session.opened")];
  expect(told).toHaveLength(2);
  expect(JSON.stringify(told)).not.toContain(PIN);
});

it("takes no PIN at a lane for a while after many wrong ones, says so once, and goes on at the others", async () => {
  for (let wrong = 0; wrong < PIN_MAX_WRONG; wrong++) expect(await type(String(wrong))).not.toBe("admit");
  expect(paused).toEqual([ENTRY_LANE]);
  expect(await type(PIN)).not.toBe("admit");
  expect(told).toBe("lane.pin_paused");
  expect(paused).toEqual([ENTRY_LANE]);
  await lot.drive("entry", { code: { kind: "pin", value: PIN } });
  expect(await type(PIN, EXIT_LANE)).toBe("admit");
  clock.advance(PIN_PAUSE_MS);
  expect(await type("9999")).not.toBe("admit");
  expect(await type(PIN)).toBe("admit");
});

it("forgets wrong ones with a right one", async () => {
  for (let round = 0; round < 3; round++) {
    for (let wrong = 1; wrong < PIN_MAX_WRONG; wrong++) await type(`9${wrong}`);
    expect(await type(PIN)).toBe("admit");
  }
  expect(paused).toEqual([]);
});
