import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { barrierConformance } from "../../ports/barrier/conformance.ts";
import { displayConformance } from "../../ports/display/conformance.ts";
import { inputConformance } from "../../ports/input/conformance.ts";
import { loopConformance } from "../../ports/loop/conformance.ts";
import { terminalConformance } from "../../ports/payment-terminal/conformance.ts";
import { type SimInput, SimLane, type SimOutput } from "./sim-lane.ts";

const LANE = "lane-1";

/** A simulated lane whose socket is this object. */
class Bench {
  readonly clock = new ManualClock();
  connected = true;
  readonly lane = new SimLane({ name: LANE, clock: this.clock, write: () => {}, connected: () => this.connected });

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

displayConformance("sim", () => {
  const bench = new Bench();
  return {
    port: bench.lane.display,
    shown: () => ({
      key: bench.find("display")?.key ?? "",
      text: bench.find("display")?.text ?? "",
      green: bench.find("light")?.green ?? false,
    }),
  };
});

terminalConformance("sim", () => {
  const bench = new Bench();
  return {
    port: bench.lane.terminal,
    asked: () => {
      const asked = bench.find("terminal");
      return asked ? { requestId: asked.request_id, amountMinor: asked.amount_minor, currency: asked.currency } : null;
    },
    answer: ({ requestId, ...result }) =>
      bench.take({ kind: "terminal", t: "0", lane: LANE, request_id: requestId, ...result }),
    unplug: () => {
      bench.connected = false;
    },
  };
});
