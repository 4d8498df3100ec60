import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { expect, it } from "vitest";
import { describeError } from "./log.ts";

const PLATE = "BAB123";

function refusedValue(): pg.DatabaseError {
  const error = new pg.DatabaseError(`invalid input syntax for type uuid: "${PLATE}"`, 0, "error");
  return Object.assign(error, { code: "22P02", detail: `Key (license_plate)=(${PLATE})` });
}

it.each([
  ["a query with its parameters", new DrizzleQueryError("INSERT ...", [PLATE], new Error("gone"))],
  ["a query without a cause", new DrizzleQueryError("INSERT ...", [PLATE])],
  ["a value that Postgres quotes", refusedValue()],
  ["such a value within a query", new DrizzleQueryError("INSERT ...", [PLATE], refusedValue())],
  ["something else that was thrown", PLATE],
])("tells no plate of %s", (_name, thrown) => {
  expect(JSON.stringify(describeError(thrown))).not.toContain(PLATE);
});

it("tells what kind of failure it was, and where", () => {
  expect(describeError(refusedValue())).toMatchObject({ code: "22P02", message: "a query failed" });
  expect(describeError(new TypeError("no"))).toMatchObject({
    type: "TypeError",
    message: "no",
    stack: expect.arrayContaining([expect.stringContaining("log.test.ts")]),
  });
  expect(describeError(new GatehouseError("conflict", "Ask again."))).toEqual({
    type: "GatehouseError",
    code: "conflict",
    message: "Ask again.",
  });
});
