import { expect, test } from "vitest";
import { formatUuid, uuidv7Source } from "./ids.ts";
import { ManualClock } from "./manual-clock.ts";
import { systemRandom } from "./random.ts";

test("the platform's random bytes are handed out once, over many refills of what is fetched at a time", () => {
  const taken = Array.from({ length: 2_000 }, () => Buffer.from(systemRandom.bytes(16)).toString("hex"));
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken).not.toContain("0".repeat(32));
});

test("any length is given, also one beyond what is fetched at a time", () => {
  for (const length of [0, 1, 4_095, 4_096, 4_097, 20_000]) expect(systemRandom.bytes(length)).toHaveLength(length);
  expect(systemRandom.bytes(20_000).filter((byte) => byte === 0).length).toBeLessThan(300);
});

test("numbers lie in [0, 1) and spread over it", () => {
  const numbers = Array.from({ length: 5_000 }, () => systemRandom.next());
  expect(numbers.every((one) => one >= 0 && one < 1)).toBe(true);
  expect(numbers.filter((one) => one < 0.5).length).toBeGreaterThan(2_200);
  expect(numbers.filter((one) => one < 0.5).length).toBeLessThan(2_800);
});

test("an id is a UUID of version 7 that begins with the wall time", () => {
  expect(formatUuid(Uint8Array.from({ length: 16 }, (_, at) => at * 17))).toBe("00112233-4455-6677-8899-aabbccddeeff");
  const clock = new ManualClock();
  const id = uuidv7Source(clock, systemRandom)();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(clock.wall());
});
