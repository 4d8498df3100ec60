import { describe, expect, test } from "vitest";
import { samplePermit, samplePolicy, sampleReservation } from "../../domain/access/testing/access-samples.ts";
import { sampleTariff } from "../../domain/tariff/testing/tariff-samples.ts";
import { replicaCollections, tariffKey } from "./collections.ts";
import { lotPolicy } from "./lot.ts";

describe("replicaCollections", () => {
  test("names each item by its own key", () => {
    expect(replicaCollections.permits.keyOf(samplePermit())).toBe("permit-1");
    expect(replicaCollections.tariffs.keyOf(sampleTariff())).toBe(
      tariffKey({ tariff_id: sampleTariff().tariff_id, version: 3 }),
    );
    expect(replicaCollections.lot.keyOf(samplePolicy())).toBe(samplePolicy().lot_id);
  });

  test("fields that a newer cloud adds to a permit don't stop an older edge", () => {
    const newer = { ...samplePermit(), colour: "blue" };
    expect(replicaCollections.permits.schema.safeParse(newer).success).toBe(true);
  });

  test.each([
    ["neither plate nor code", { plate: null, code: null }, "A reservation needs a plate or a code."],
    ["ends before it starts", { ends_at: "2026-03-02T08:00:00Z" }, "A reservation must end after it starts."],
  ])("a reservation with %s is refused", (_name, changes, message) => {
    const result = replicaCollections.reservations.schema.safeParse({ ...sampleReservation(), ...changes });
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  test("a payment that ends before it was made is refused", () => {
    const credit = {
      credit_id: "00000000-0000-7000-8000-0000000000e1",
      session_id: "00000000-0000-7000-8000-0000000000d1",
      amount_minor: 100,
      currency: "EUR",
      paid_at: "2026-03-02T09:00:00Z",
      paid_until: "2026-03-02T08:59:59Z",
    };
    expect(replicaCollections.credits.schema.safeParse(credit).error?.issues[0]?.message).toBe(
      "paid_until must not be before paid_at.",
    );
  });
});

describe("lotPolicy", () => {
  const policy = samplePolicy();
  test.each([
    [
      "spot types above the total",
      { capacity: { total: 5, by_spot_type: { standard: 4, ev: 2 } } },
      "The spot types add up to 6, more than the total of 5.",
    ],
    ["a lane twice", { lanes: [...policy.lanes, ...policy.lanes] }, "Two lanes have the same lane_id."],
    [
      "two tariffs from one instant",
      { tariffs: [...policy.tariffs, ...policy.tariffs] },
      "Two tariffs are in force from the same instant.",
    ],
    ["an unknown zone", { time_zone: "Mars" }, "Give an IANA time zone such as Europe/Berlin."],
  ])("with %s is refused", (_name, changes, message) => {
    expect(lotPolicy.safeParse({ ...policy, ...changes }).error?.issues.map((issue) => issue.message)).toEqual([
      message,
    ]);
  });
});
