import { afterEach, beforeEach, expect, it } from "vitest";
import { MONDAY_MORNING, type TempStore, tempStore } from "./testing/temp-store.ts";

const YEARS_73 = 73 * 365 * 86_400_000;
let temp: TempStore;

beforeEach(() => {
  temp = tempStore();
});
afterEach(() => temp.remove());

it("Verifies: SYNC-13: only synced time raises the floor, so a battery-backed clock in 2099 does not outlive itself", async () => {
  await temp.store.transact(() => undefined);
  expect(temp.store.timeFloor()).toBe(MONDAY_MORNING);
  temp.quality = "holdover";
  temp.clock.stepWall(YEARS_73);
  await temp.store.transact(() => undefined);
  temp.clock.stepWall(3_600_000 - YEARS_73);
  const store = await temp.reopen();
  expect(store.timeFloor()).toBe(MONDAY_MORNING);
  expect(store.stamp()).toMatchObject({ at: MONDAY_MORNING + 3_600_000, quality: "holdover" });
});

it("Verifies: SYNC-13: after a boot in 1970 time goes on from the floor, and says that it is not known", async () => {
  await temp.store.transact(() => undefined);
  temp.quality = "unknown";
  temp.clock.stepWall(-MONDAY_MORNING);
  const store = await temp.reopen();
  temp.clock.advance(5_000);
  expect(store.stamp()).toMatchObject({ at: MONDAY_MORNING + 5_000, quality: "unknown" });
});
