import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { displayConformance } from "../../ports/display/conformance.ts";
import { terminalConformance } from "../../ports/payment-terminal/conformance.ts";
import { type SimInput, SimLane, type SimOutput } from "./sim-lane.ts";
import { SimPeripherals } from "./sim-peripherals.ts";

const LANE = "lane-1";
type Input = SimInput extends infer One ? (One extends { t: string } ? Omit<One, "t" | "lane"> : never) : never;

/** Simulated peripherals whose socket is this object. */
class Bench {
  readonly clock = new ManualClock();
  readonly lane = new SimLane({ name: LANE, clock: this.clock, write: () => {} });
  readonly devices = new SimPeripherals({ name: LANE, clock: this.clock, tunnel: this.lane.tunnel });

  constructor() {
    this.lane.feeding(true);
  }

  find<K extends SimOutput["kind"]>(kind: K): Extract<SimOutput, { kind: K }> | undefined {
    return this.lane.present().find((one): one is Extract<SimOutput, { kind: K }> => one.kind === kind);
  }

  take(input: Input): void {
    this.lane.take({ ...input, t: "0", lane: LANE } as SimInput);
  }
}

displayConformance("sim", async () => {
  const bench = new Bench();
  return { port: bench.devices.display, shown: async () => bench.find("display")?.text ?? "" };
});

terminalConformance("sim", () => {
  const bench = new Bench();
  return {
    port: bench.devices.terminal,
    asked: () => {
      const asked = bench.find("terminal");
      return asked ? { requestId: asked.request_id, amountMinor: asked.amount_minor, currency: asked.currency } : null;
    },
    answer: ({ requestId, ...result }) => bench.take({ kind: "terminal", request_id: requestId, ...result }),
    unplug: () => bench.lane.feeding(false),
  };
});

describe("simulated peripherals", () => {
  it("show a client that comes late what still stands, and nothing that is over", () => {
    const bench = new Bench();
    bench.devices.printer.print({ jobId: "j1", code: "C", lines: ["Lot"] });
    bench.devices.intercom.call({ callId: "c1", reason: "help" });
    expect(bench.find("ticket")).toMatchObject({ job_id: "j1", code: "C", lines: ["Lot"] });
    expect(bench.find("intercom")).toMatchObject({ call_id: "c1", state: "calling", reason: "help" });
    bench.take({ kind: "ticket", job_id: "j1", result: "taken" });
    bench.devices.intercom.end("c1");
    expect(bench.find("ticket")).toBeUndefined();
    expect(bench.find("intercom")).toBeUndefined();
  });
});
