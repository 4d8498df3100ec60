import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { err } from "@gatehouse/shared/kit/result.ts";
import { describe, expect, it } from "vitest";
import { SimLane } from "../drivers/sim/sim-lane.ts";
import type { BarrierPort } from "../ports/barrier/barrier-port.ts";
import { WATCHDOG_MAX_MS } from "../ports/watchdog/watchdog-port.ts";
import { GuardLoop } from "./guard-loop.ts";
import type { DeviceReport } from "./messages.ts";

const LANES = ["lane-1", "lane-2"];

/** Two lanes whose sampling rounds the test ends. */
class Bench {
  readonly clock = new ManualClock();
  readonly sampledAt = new Map<string, MonoMs>();
  readonly reports: [string, DeviceReport][] = [];
  readonly lanes = new Map<string, SimLane>();
  readonly outputs: string[] = [];
  feeds: number[] = [];
  /** Whether the boards take commands. */
  works = true;
  readonly loop: GuardLoop;

  constructor() {
    const { clock } = this;
    const lanes = LANES.map((id) => {
      const sim = new SimLane({ name: id, clock, write: (one) => this.outputs.push(`${id} ${JSON.stringify(one)}`) });
      this.lanes.set(id, sim);
      const { loops, contacts, light } = sim;
      const barrier: BarrierPort = {
        ...sim.barrier,
        energise: (relay, atMostMs) => {
          this.outputs.push(`${id} ${relay} for at most ${atMostMs} ms`);
          return this.works ? sim.barrier.energise(relay, atMostMs) : err("io_failed");
        },
        allOff: () => {
          this.outputs.push(`${id} all off`);
          sim.barrier.allOff();
        },
      };
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

describe("lanes of a lot", () => {
  it("begin with all outputs off, before anything is asked of them (Verifies: SAFE-09)", () => {
    expect(new Bench().outputs).toEqual(["lane-1 all off", "lane-2 all off"]);
  });

  it("all open at the fire input of one (Verifies: SAFE-07)", () => {
    const bench = new Bench();
    bench.run(300);
    bench.lanes.get("lane-1")?.take({ kind: "contact", t: "0", lane: "lane-1", name: "fire", signal: "open" });
    bench.run(250);
    for (const id of LANES)
      expect(bench.outputs).toContain(`${id} ${JSON.stringify({ kind: "relay", lane: id, name: "up", on: true })}`);
  });

  it("tell the board how long a relay may be on, so that it lets go by itself (Verifies: SAFE-11)", () => {
    const bench = new Bench();
    bench.run(300);
    bench.loop.command("lane-1", { kind: "open", grant: "g", notAfter: later(bench.clock.mono(), 1_000) });
    expect(bench.outputs).toContain("lane-1 up for at most 1000 ms");
  });

  it("latch and say so when a board does not take a command (Verifies: SAFE-11)", () => {
    const bench = new Bench();
    bench.run(300);
    bench.works = false;
    bench.loop.command("lane-1", { kind: "open", grant: "g", notAfter: later(bench.clock.mono(), 1_000) });
    expect(bench.reports).toContainEqual(["lane-1", { kind: "fault", code: "relay_failed" }]);
    expect(bench.reports).toContainEqual(["lane-1", { kind: "latched", cause: "relay_failed" }]);
  });
});

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
