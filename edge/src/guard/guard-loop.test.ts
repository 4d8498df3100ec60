import { type Protection, protection as protectionSchema } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { later, type MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { err, ok } from "@gatehouse/shared/kit/result.ts";
import { describe, expect, it } from "vitest";
import { SimLane } from "../drivers/sim/sim-lane.ts";
import type { BarrierPort } from "../ports/barrier/barrier-port.ts";
import { WATCHDOG_MAX_MS } from "../ports/watchdog/watchdog-port.ts";
import { GuardLoop } from "./guard-loop.ts";
import type { DeviceReport } from "./messages.ts";

const LANES = ["lane-1", "lane-2"];

interface BenchOptions {
  readonly hold?: boolean;
  readonly protection?: Partial<Protection>;
  /** Lanes with a fire contact. */
  readonly fireIn?: readonly string[];
}

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

  constructor({ hold = false, protection = {}, fireIn = LANES }: BenchOptions = {}) {
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
      if (hold)
        Object.assign(barrier, {
          hold: (on: boolean) => {
            this.outputs.push(`${id} hold ${on ? "on" : "off"} at ${clock.mono()}`);
            return ok(undefined);
          },
        });
      const devices = { barrier, loops, contacts, light, sampledAt: () => this.sampledAt.get(id) ?? null };
      const lane = {
        id,
        code: id,
        driver: "sim",
        hasFire: fireIn.includes(id),
        timings: laneTimings.parse({}),
        protection: protectionSchema.parse(protection),
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

  it("are not reset while a fire contact of another lane is at fire or not known (Verifies: SAFE-07)", () => {
    const bench = new Bench();
    const tell = (lane: string, signal: "open" | "closed"): void =>
      bench.lanes.get(lane)?.take({ kind: "contact", t: "0", lane, name: "fire", signal });
    const answer = (id: string, heard = LANES): unknown => {
      for (const lane of heard) bench.lanes.get(lane)?.holds();
      bench.loop.command("lane-1", { kind: "reset", id });
      return bench.reports.find(([, one]) => (one.kind === "vetoed" || one.kind === "reset") && one.id === id)?.[1]
        .kind;
    };
    tell("lane-1", "open");
    tell("lane-1", "closed");
    expect(answer("nobody has told the other")).toBe("vetoed");
    tell("lane-2", "open");
    expect(answer("the other is at fire")).toBe("vetoed");
    tell("lane-2", "closed");
    bench.lanes.get("lane-2")?.lost();
    expect(answer("the other is lost")).toBe("vetoed");
    tell("lane-2", "closed");
    expect(answer("both are quiet")).toBe("reset");
    bench.run(3_000);
    tell("lane-1", "closed");
    expect(answer("the other has fallen silent", [])).toBe("vetoed");
  });

  it("are reset whatever a lane without a fire contact says (Verifies: SAFE-07)", () => {
    const bench = new Bench({ fireIn: ["lane-1"] });
    bench.lanes.get("lane-1")?.take({ kind: "contact", t: "0", lane: "lane-1", name: "fire", signal: "closed" });
    bench.loop.command("lane-1", { kind: "reset", id: "r" });
    expect(bench.reports).toContainEqual(["lane-1", { kind: "reset", id: "r" }]);
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

describe("an arm that is found on its way", () => {
  const RAISED = `lane-1 ${JSON.stringify({ kind: "relay", lane: "lane-1", name: "up", on: true })}`;

  /** Nothing but the guard, and an arm between its ends. */
  function midWay(loop: "occupied" | "clear", protection: Partial<Protection> = {}): Bench {
    const bench = new Bench({ protection });
    const lane = bench.lanes.get("lane-1");
    const one = { t: "0", lane: "lane-1" } as const;
    for (const name of ["arming", "closing"] as const) lane?.take({ kind: "loop", ...one, name, signal: "clear" });
    lane?.take({ kind: "loop", ...one, name: "safety", signal: loop });
    for (const name of ["photo_eye", "fire"] as const) lane?.take({ kind: "contact", ...one, name, signal: "closed" });
    for (const name of ["up", "down"] as const) lane?.take({ kind: "limit", ...one, name, active: false });
    bench.clock.every(50, () => lane?.holds());
    return bench;
  }

  it("over a vehicle is raised by a guard that has just begun (Verifies: SAFE-04, SAFE-09)", () => {
    const bench = midWay("occupied");
    bench.run(250);
    expect(bench.outputs).toContain(RAISED);
    expect(bench.reports).toContainEqual(["lane-1", { kind: "raising", cause: "hazard" }]);
  });

  it("is raised by the agent of a pair to which the selector is turned (Verifies: SAFE-04, SAFE-19)", () => {
    const bench = midWay("occupied", { standby_selector: true });
    const tell = (signal: "open" | "closed"): void =>
      bench.lanes.get("lane-1")?.take({ kind: "contact", t: "0", lane: "lane-1", name: "outputs_enabled", signal });
    tell("open");
    bench.run(3_000);
    expect(bench.outputs).not.toContain(RAISED);
    tell("closed");
    bench.run(600);
    expect(bench.outputs).toContain(RAISED);
  });
});

describe("hold-open output", () => {
  /** The arm of lane-1 is up, its inputs are clear, and a hand wants it to stay. */
  function held(): Bench {
    const bench = new Bench({ hold: true });
    const lane = bench.lanes.get("lane-1");
    const one = { t: "0", lane: "lane-1" } as const;
    for (const name of ["arming", "safety", "closing"] as const)
      lane?.take({ kind: "loop", ...one, name, signal: "clear" });
    for (const name of ["photo_eye", "fire"] as const) lane?.take({ kind: "contact", ...one, name, signal: "closed" });
    lane?.take({ kind: "limit", ...one, name: "up", active: true });
    lane?.take({ kind: "limit", ...one, name: "down", active: false });
    bench.clock.every(50, () => lane?.holds());
    bench.loop.command("lane-1", { kind: "keep_open", on: true });
    bench.run(3_000);
    return bench;
  }
  const holds = (bench: Bench) => bench.outputs.filter((one) => one.startsWith("lane-1 hold"));

  it("is renewed in time while the arm is wanted up, and goes off with the wish (Verifies: SAFE-11)", () => {
    const bench = held();
    const at = holds(bench).map((one) => Number(one.split(" ").at(-1)));
    expect(at.length).toBeGreaterThan(4);
    expect(Math.max(...at.slice(1).map((one, nth) => one - (at[nth] ?? 0)))).toBeLessThanOrEqual(1_000);
    bench.loop.command("lane-1", { kind: "keep_open", on: false });
    expect(holds(bench).at(-1)).toMatch(/hold off/);
  });

  it("is off for 200 ms before the arm comes down (Verifies: SAFE-01)", () => {
    const bench = held();
    bench.loop.command("lane-1", { kind: "keep_open", on: false });
    bench.loop.command("lane-1", { kind: "close", record: "r1" });
    const from = bench.clock.mono();
    bench.run(190);
    expect(bench.lanes.get("lane-1")?.present()).toContainEqual({
      kind: "relay",
      lane: "lane-1",
      name: "down",
      on: false,
    });
    bench.run(30);
    expect(bench.lanes.get("lane-1")?.present()).toContainEqual({
      kind: "relay",
      lane: "lane-1",
      name: "down",
      on: true,
    });
    expect(bench.clock.mono() - from).toBe(220);
  });

  it("is off under a lock (Verifies: SAFE-22)", () => {
    const bench = held();
    bench.loop.command("lane-1", { kind: "maintenance", on: true });
    bench.run(20);
    expect(holds(bench).at(-1)).toMatch(/hold off/);
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
