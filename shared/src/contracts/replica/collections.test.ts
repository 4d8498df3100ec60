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

describe("validations", () => {
  const one = {
    validation_id: "v-1",
    provider: "Café",
    code: "CAFE-1",
    session_id: null,
    grant: { kind: "amount", amount_minor: 200 },
    uses: "once",
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
  };

  test.each([
    ["neither a code nor a stay", { code: null }],
    ["both", { session_id: "00000000-0000-7000-8000-0000000000d1" }],
  ])("with %s are refused", (_name, changes) => {
    const { schema } = replicaCollections.validations;
    expect(schema.safeParse(one).success).toBe(true);
    expect(schema.safeParse({ ...one, ...changes }).error?.issues.map((issue) => issue.message)).toEqual([
      "Give either a code or a session_id.",
    ]);
  });
});

describe("lotPolicy", () => {
  const policy = samplePolicy();
  const areas = [
    { code: "garage", name: "Garage", capacity: 100 },
    { code: "vip", name: "Reserved", capacity: 10, within: "garage", access: "permits" },
  ];
  const [lane] = policy.lanes;

  test("Verifies: SYNC-16: of protocol version 1, without areas, is one lot with lanes to the street", () => {
    const { areas: _, lanes, ...old } = policy;
    const oldLanes = lanes.map(({ outer_area: _outer, ...one }) => one);
    expect(lotPolicy.parse({ ...old, lanes: oldLanes })).toEqual(policy);
  });

  test("of version 2 is read by an edge of version 1, which knows no areas", () => {
    expect(lotPolicy.safeParse({ ...policy, areas, later: [] }).success).toBe(true);
  });

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
    ["an area within itself", { areas: [{ ...areas[0], within: "garage" }] }, "The area garage lies within itself."],
    ["an area in none", { areas: [areas[1]] }, "The area vip lies in garage, which is not there."],
    [
      "an inner lane without an inner area",
      { areas, lanes: [{ ...lane, outer_area: "garage" }] },
      "The lane in-1 is within the lot, so give it two different areas of the list.",
    ],
    ["an unknown zone", { time_zone: "Mars" }, "Give an IANA time zone such as Europe/Berlin."],
  ])("with %s is refused", (_name, changes, message) => {
    expect(lotPolicy.safeParse({ ...policy, ...changes }).error?.issues.map((issue) => issue.message)).toEqual([
      message,
    ]);
  });
});
