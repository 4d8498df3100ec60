import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readStartOptions } from "./options.ts";

describe("the options of npm start", () => {
  it("have defaults that need no thought", () => {
    expect(readStartOptions([])).toEqual({
      lots: 2,
      traffic: 1,
      speed: 20,
      seed: 1,
      port: 8080,
      dataDir: resolve(".gatehouse/demo"),
      reset: false,
    });
  });

  it("take what is given", () => {
    expect(readStartOptions(["--lots", "3", "--speed", "1.5", "--data", "/tmp/a b", "--reset"])).toMatchObject({
      lots: 3,
      speed: 1.5,
      dataDir: "/tmp/a b",
      reset: true,
    });
    expect(readStartOptions(["--help"])).toBe("help");
  });

  it.each([
    [["--lots", "0"], "--lots must be a whole number from 1 to 20"],
    [["--lots", "two"], "--lots"],
    [["--port", "80"], "--port must be a whole number from 1024"],
    [["--speed", ""], "--speed"],
    [["--data", ""], "--data must name a folder"],
    [["--colour", "red"], "--colour"],
    [["stray"], "stray"],
  ])("say what is wrong with %j", (words, part) => {
    expect(readStartOptions(words)).toEqual({ wrong: expect.stringContaining(part) });
  });
});
