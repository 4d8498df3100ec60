import { expect, test } from "vitest";
import { fromIso } from "../../kit/clock.ts";
import { tariffInForce } from "./in-force.ts";

const tariff_id = "00000000-0000-7000-8000-000000000001";
// Not in the order of time.
const tariffs = [
  { tariff_id, version: 2, in_force_from: "2026-06-01T00:00:00+02:00" },
  { tariff_id, version: 1, in_force_from: "2026-01-01T00:00:00+01:00" },
];

test.each([
  ["2025-12-31T22:59:59Z", null],
  ["2025-12-31T23:00:00Z", { id: tariff_id, version: 1 }],
  ["2026-05-31T21:59:59Z", { id: tariff_id, version: 1 }],
  ["2026-05-31T22:00:00Z", { id: tariff_id, version: 2 }],
])("at %s", (at, expected) => {
  expect(tariffInForce({ tariffs }, fromIso(at))).toEqual(expected);
});
