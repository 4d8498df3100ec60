import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { barrierConformance } from "../../ports/barrier/conformance.ts";
import { inputConformance } from "../../ports/input/conformance.ts";
import { lightConformance } from "../../ports/light/conformance.ts";
import { loopConformance } from "../../ports/loop/conformance.ts";
import { type SimInput, SimLane, type SimOutput } from "./sim-lane.ts";

const LANE = "lane-1";

/** A simulated lane whose socket is this object. */
class Bench {
  readonly clock = new ManualClock();
  readonly lane = new SimLane({ name: LANE, clock: this.clock, write: () => {} });

  find<K extends SimOutput["kind"]>(kind: K): Extract<SimOutput, { kind: K }> | undefined {
    return this.lane.present().find((one): one is Extract<SimOutput, { kind: K }> => one.kind === kind);
  }

  isOn(name: "up" | "down"): boolean {
    return this.lane.present().some((one) => one.kind === "relay" && one.name === name && one.on);
  }

  take(input: SimInput): void {
    this.lane.take(input);
  }
}

barrierConformance("sim", () => {
  const bench = new Bench();
  return Promise.resolve({
    port: bench.lane.barrier,
    isOn: (relay) => bench.isOn(relay),
    setLimit: (name, active) => bench.take({ kind: "limit", t: "0", lane: LANE, name, active }),
    confirm: () => bench.lane.holds(),
    unplug: () => bench.lane.lost(),
    wait: (ms) => Promise.resolve(bench.clock.advance(ms)),
  });
});

loopConformance("sim", () => {
  const bench = new Bench();
  return {
    port: bench.lane.loops,
    set: (name, signal) => bench.take({ kind: "loop", t: "0", lane: LANE, name, signal }),
    confirm: () => bench.lane.holds(),
    unplug: () => bench.lane.lost(),
  };
});

inputConformance("sim", () => {
  const bench = new Bench();
  return {
    port: bench.lane.contacts,
    set: (name, signal) => bench.take({ kind: "contact", t: "0", lane: LANE, name, signal }),
    confirm: () => bench.lane.holds(),
    unplug: () => bench.lane.lost(),
  };
});

lightConformance("sim", () => {
  const bench = new Bench();
  return { port: bench.lane.light, green: () => bench.find("light")?.green ?? false };
});
