import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { de } from "./de.ts";
import { en } from "./en.ts";

const EDGE = fileURLToPath(new URL("../../../../edge/src", import.meta.url));
const RAISED = /type: "alarm\.raised",\s*code: "(\w+)"/g;

test("every alarm whose code stands where the edge raises it has words in both languages", () => {
  const sources = globSync("**/*.ts", { cwd: EDGE }).filter((path) => !/\.test\.ts$|testing\//.test(path));
  const texts = sources.map((path) => readFileSync(`${EDGE}/${path}`, "utf8"));
  const codes = texts.flatMap((text) => [...text.matchAll(RAISED)].map((match) => match[1]));
  expect(codes).toEqual(expect.arrayContaining(["many_wrong_logins", "pin_tries"]));
  for (const words of [en.lane.alarm, de.lane.alarm]) expect(Object.keys(words)).toEqual(expect.arrayContaining(codes));
});
