import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { expect, it } from "vitest";
import { MANY_WRONG, TOLD_AGAIN_MS, WRONG_WITHIN_MS, WrongLogins } from "./wrong-logins.ts";

const each = (logins: WrongLogins, times: readonly number[]): readonly boolean[] =>
  times.map((at) => logins.oneMore(monoMs(at)));
const burst = (from: number): readonly number[] => Array.from({ length: MANY_WRONG }, (_, at) => from + at);

it("tells of many wrong logins once, and again when they still come an hour later", () => {
  const logins = new WrongLogins();
  expect(each(logins, burst(0)).flatMap((told, at) => (told ? [at] : []))).toEqual([MANY_WRONG - 1]);
  expect(each(logins, burst(100))).not.toContain(true);
  expect(each(logins, burst(MANY_WRONG + TOLD_AGAIN_MS))).toContain(true);
});

it("is silent about a technician who has forgotten the password for a day", () => {
  const logins = new WrongLogins();
  const slowly = Array.from({ length: 200 }, (_, at) => at * Math.ceil(WRONG_WITHIN_MS / (MANY_WRONG - 1)));
  expect(each(logins, slowly)).not.toContain(true);
});
