import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { expect, it } from "vitest";
import { unfitness, type Vitals } from "./fitness.ts";
import { LOOK_EVERY_MS, serviceWatch } from "./service-watch.ts";

const WELL: Vitals = { now: monoMs(100_000), lagMs: 10, guardAt: monoMs(99_500), storeAt: monoMs(99_000) };

it("finds the agent unfit when guard, main thread or store have stopped (Verifies: SAFE-10)", () => {
  expect(unfitness(WELL)).toBeNull();
  expect(unfitness({ ...WELL, guardAt: null })).toMatch(/not read its inputs yet/);
  expect(unfitness({ ...WELL, guardAt: monoMs(97_999) })).toMatch(/guard has read no inputs for 2001 ms/);
  expect(unfitness({ ...WELL, lagMs: 1_001 })).toMatch(/main thread was held up for 1001 ms/);
  expect(unfitness({ ...WELL, storeAt: monoMs(94_999) })).toMatch(/store has not answered for 5001 ms/);
});

function bench() {
  const clock = new ManualClock({ mono: monoMs(1_000) });
  const told: string[] = [];
  const state = { guard: true, store: "answers" as "answers" | "fails" | "hangs" };
  const service = serviceWatch({
    manager: { watchdogMs: 10_000, tell: (...all) => told.push(all.join(" ")) },
    clock,
    guardFedAt: () => (state.guard ? clock.mono() : monoMs(1_000)),
    askStore: () =>
      state.store === "hangs"
        ? new Promise(() => {})
        : state.store === "fails"
          ? Promise.reject(new Error("full"))
          : Promise.resolve(),
    log: { warn() {} },
  });
  const run = async (ms: number): Promise<void> => {
    for (let done = 0; done < ms; done += LOOK_EVERY_MS) {
      clock.advance(LOOK_EVERY_MS);
      await Promise.resolve();
    }
  };
  const isAlive = (): boolean => told.at(-1)?.startsWith("WATCHDOG=1") === true;
  return { service, told, state, run, isAlive };
}

it("tells that it is ready, alive while it is, and that it stops", async () => {
  const { service, told, run, isAlive } = bench();
  await service.run();
  expect(told[0]).toMatch(/^READY=1/);
  await run(10_000);
  expect(isAlive()).toBe(true);
  await service.stop();
  expect(told.at(-1)).toBe("STOPPING=1");
});

it("gives no sign of life while the guard stands, and says why (Verifies: SAFE-10)", async () => {
  const { service, told, state, run, isAlive } = bench();
  await service.run();
  await run(3_000);
  state.guard = false;
  await run(4_000);
  expect(isAlive()).toBe(false);
  expect(told.at(-1)).toMatch(/^STATUS=The guard has read no inputs/);
});

it("takes a store that fails for alive and one that is silent for dead", async () => {
  const { service, state, run, isAlive } = bench();
  await service.run();
  state.store = "fails";
  await run(20_000);
  expect(isAlive()).toBe(true);
  state.store = "hangs";
  await run(20_000);
  expect(isAlive()).toBe(false);
});
