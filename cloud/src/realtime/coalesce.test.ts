import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { expect, test } from "vitest";
import { coalesce } from "./coalesce.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start(periodMs: number) {
  const clock = new ManualClock();
  const runs: number[] = [];
  const gates: (() => void)[] = [];
  let isHeld = false;
  const trigger = coalesce({
    clock,
    periodMs,
    onError: () => runs.push(-1),
    work: async () => {
      runs.push(clock.mono());
      if (isHeld) await new Promise<void>((resolve) => gates.push(resolve));
    },
  });
  const hold = (): void => {
    isHeld = true;
  };
  const release = (): void => {
    isHeld = false;
    for (const gate of gates.splice(0)) gate();
  };
  return { clock, runs, trigger, hold, release };
}

test("the first trigger runs at once, those within the period make one run at its end", async () => {
  const { clock, runs, trigger } = start(250);
  trigger();
  await settled();
  for (let i = 0; i < 10; i++) trigger();
  clock.advance(249);
  await settled();
  expect(runs).toEqual([0]);
  clock.advance(1);
  await settled();
  expect(runs).toEqual([0, 250]);
  clock.advance(1_000);
  await settled();
  expect(runs).toEqual([0, 250]);
});

test("a trigger during a run is followed by another run, never by two at the same time", async () => {
  const { clock, runs, trigger, hold, release } = start(100);
  hold();
  trigger();
  await settled();
  clock.advance(500);
  trigger();
  trigger();
  await settled();
  expect(runs).toEqual([0]);
  release();
  await settled();
  await settled();
  expect(runs).toEqual([0, 500]);
});
