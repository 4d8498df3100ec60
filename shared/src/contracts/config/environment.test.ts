import { describe, expect, it } from "vitest";
import { z } from "zod";
import { portVariable, readVariables, wallRateVariable } from "./environment.ts";

const schema = z.object({ PORT: portVariable.default(80), WALL: wallRateVariable.optional() });

describe("the variables of a process", () => {
  it("are read as what they stand for; one set to nothing, or not known, is left out", () => {
    expect(readVariables(schema, { PORT: "8080", WALL: "1000,-2000.5,60", PATH: "/bin" })).toEqual({
      ok: true,
      value: { PORT: 8_080, WALL: { anchorMachineMs: 1_000, anchorWallMs: -2_000.5, rate: 60 } },
    });
    expect(readVariables(schema, { PORT: "", WALL: undefined })).toEqual({ ok: true, value: { PORT: 80 } });
  });

  it.each([
    ["a port beyond the last one", { PORT: "65536" }, /^PORT: /],
    ["two numbers", { WALL: "1,2" }, /^WALL: must be three numbers/],
    ["four numbers", { WALL: "1,2,3,4" }, /^WALL: must be three numbers/],
    ["a missing number", { WALL: "1,,60" }, /^WALL: must be three numbers/],
    ["words", { WALL: "a,b,c" }, /^WALL: must be three numbers/],
    ["a clock that stands still", { WALL: "1,2,0" }, /^WALL: the rate must be above 0/],
  ])("tell which of them is wrong: %s", (_name, environment, fault) => {
    const answer = readVariables(schema, environment);
    expect(answer.ok ? [] : answer.error).toEqual([expect.stringMatching(fault)]);
  });
});
