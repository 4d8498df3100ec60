import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { SimLane } from "../drivers/sim/sim-lane.ts";
import { WATCHDOG_MAX_MS } from "../ports/watchdog/watchdog-port.ts";
import { GuardLoop } from "./guard-loop.ts";
import type { DeviceReport } from "./messages.ts";

const LANES = ["lane-1", "lane-2"];

/** Two lanes whose sampling rounds the test ends. */
class Bench {
  readonly clock = new ManualClock();
  readonly sampledAt = new Map<string, MonoMs>();
  readonly reports: [string, DeviceReport][] = [];
  feeds: number[] = [];
  readonly loop: GuardLoop;

  constructor() {
    const { clock } = this;
    const lanes = LANES.map((id) => {
      const sim = new SimLane({ name: id, clock, write: () => {} });
      const { barrier, loops, contacts, light } = sim;
      const devices = { barrier, loops, contacts, light, sampledAt: () => this.sampledAt.get(id) ?? null };
      const lane = {
        id,
        code: id,
        driver: "sim",
        timings: laneTimings.parse({}),
        protection: protection.parse({}),
        locked: false,
      } as const;
      return { lane, devices };
    });
    const watchdog = { feed: () => this.feeds.push(clock.mono()), stop: () => {} };
    this.loop = new GuardLoop({ lanes, clock, watchdog, report: (id, report) => this.reports.push([id, report]) });
  }

  /** Lets time pass; the drivers of `sampled` finish a round each 50 ms. */
  run(ms: number, sampled: readonly string[] = LANES): void {
    for (let at = 0; at < ms; at += 10) {
      this.clock.advance(10);
      if (at % 50 === 0) for (const id of sampled) this.sampledAt.set(id, this.clock.mono());
    }
  }
}

describe("watchdog", () => {
  it("is fed well within its time while every lane is sampled (Verifies: SAFE-10)", () => {
    const bench = new Bench();
    bench.run(5_000);
    const gaps = bench.feeds.map((at, nth) => at - (bench.feeds[nth - 1] ?? 0));
    expect(bench.feeds.length).toBeGreaterThan(10);
    expect(Math.max(...gaps)).toBeLessThan(WATCHDOG_MAX_MS / 4);
  });

  it.each(LANES)("goes without food when the rounds of %s stop, and until they go on (Verifies: SAFE-10)", (dead) => {
    const bench = new Bench();
    bench.run(1_000);
    const before = bench.feeds.length;
    bench.run(
      5_000,
      LANES.filter((id) => id !== dead),
    );
    expect(bench.feeds.length).toBeLessThanOrEqual(before + 1);
    expect(bench.reports).toContainEqual([
      dead,
      { kind: "alarm", alarm: { code: "sampling_stopped", detail: "" }, on: true },
    ]);
    bench.run(1_000);
    expect(bench.feeds.length).toBeGreaterThan(before + 2);
    expect(bench.reports.at(-1)).toMatchObject([dead, { kind: "alarm", on: false }]);
  });

  it("is never fed before the first round of every lane (Verifies: SAFE-10)", () => {
    const bench = new Bench();
    bench.run(3_000, ["lane-1"]);
    expect(bench.feeds).toEqual([]);
  });

  it("is never fed by a loop that does not evaluate its rules any more (Verifies: SAFE-10)", () => {
    const bench = new Bench();
    bench.run(1_000);
    bench.loop.shutDown();
    const before = bench.feeds.length;
    bench.run(5_000);
    expect(bench.feeds).toHaveLength(before);
  });
});
