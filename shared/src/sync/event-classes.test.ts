import { expect, it } from "vitest";
import { edgeEventBody } from "../contracts/mqtt/events.ts";
import { eventClass } from "./event-classes.ts";

const types = edgeEventBody.options.map(({ shape }) => shape.type.value);

it("Verifies: SYNC-14: every event of the contract has a class", () => {
  expect(types.length).toBeGreaterThan(10);
  expect(types.filter((type) => eventClass(type) === undefined)).toEqual([]);
});

it("Verifies: SYNC-14: telemetry is nothing that names a stay, money, a lane or who acted", () => {
  const telling = /session|movement|payment|amount|lane|actor|permit|validation|plate|ticket|detail/;
  const telemetry = edgeEventBody.options.filter(({ shape }) => eventClass(shape.type.value) === "telemetry");
  expect(telemetry.map(({ shape }) => shape.type.value)).toEqual(["spot.sensed"]);
  for (const { shape } of telemetry) expect(Object.keys(shape).filter((key) => telling.test(key))).toEqual([]);
});
