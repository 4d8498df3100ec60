import { expect, test } from "vitest";
import { excusesByReason, tooManyExcuses } from "./excuses.ts";

const row = (reason: string, i: number): string => `${reason}: movement ${i} at 10:00:00`;

test("counts what was excused by its reason", () => {
  const rows = [row("kept open", 1), row("not_seen", 2), row("not_seen", 3), "paid by a-1 (B C), not in the cloud: {}"];
  expect(excusesByReason(rows)).toEqual([
    "excused 1: kept open",
    "excused 2: not_seen",
    "excused 1: paid, not in the cloud",
  ]);
});

test("an absence explains a few vehicles of each lane and no more", () => {
  const rows = Array.from({ length: 9 }, (_, i) => row("not_seen", i));
  expect(tooManyExcuses({ tolerated: rows.slice(1), absences: 1, lanesOfALot: 2 })).toBeNull();
  expect(tooManyExcuses({ tolerated: rows, absences: 1, lanesOfALot: 2 })).toContain("9 rows");
  expect(tooManyExcuses({ tolerated: rows.slice(8), absences: 0, lanesOfALot: 2 })).toContain("0 absences");
  expect(tooManyExcuses({ tolerated: [], absences: 0, lanesOfALot: 2 })).toBeNull();
});
