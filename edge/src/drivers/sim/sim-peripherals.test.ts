import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { displayConformance } from "../../ports/display/conformance.ts";
import { intercomConformance } from "../../ports/intercom/conformance.ts";
import { terminalConformance } from "../../ports/payment-terminal/conformance.ts";
import { printerConformance } from "../../ports/printer/conformance.ts";
import { readerConformance } from "../../ports/reader/conformance.ts";
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

terminalConformance("sim", async () => {
  const bench = new Bench();
  const results = { good: "approved", bad: "declined", stop: "cancelled" } as const;
  const asked = (): ReturnType<typeof bench.find<"terminal">> => bench.find("terminal");
  return {
    port: bench.devices.terminal,
    asked: () => {
      const shown = asked();
      return shown ? { amountMinor: shown.amount_minor, currency: shown.currency } : null;
    },
    present: (card) =>
      bench.take({
        kind: "terminal",
        request_id: asked()?.request_id ?? "none",
        result: results[card],
        reference: "R1",
        method: "credit_card",
      }),
    unplug: () => bench.lane.feeding(false),
    wait: (ms) => bench.clock.advance(ms),
    end: async () => {},
  };
});

readerConformance("sim", async () => {
  const bench = new Bench();
  return {
    port: bench.devices.reader,
    show: (code) => bench.take({ kind: "scan", medium: /^T[0-9A-Z]{24}$/.test(code) ? "ticket" : "qr", code }),
    unplug: () => bench.lane.feeding(false),
    plug: () => bench.lane.feeding(true),
    wait: (ms) => bench.clock.advance(ms),
    end: async () => {},
  };
});

printerConformance("sim", async () => {
  const bench = new Bench();
  const printed: string[] = [];
  const print = (): void => {
    const job = bench.find("ticket");
    if (!job) return;
    if (!printed.includes(job.code)) {
      printed.push(job.code);
      bench.take({ kind: "ticket", job_id: job.job_id, result: "presented" });
    }
  };
  return {
    port: bench.devices.printer,
    printed: () => printed,
    take: () => {
      print();
      bench.take({ kind: "ticket", job_id: bench.find("ticket")?.job_id ?? "none", result: "taken" });
    },
    trouble: (state) => bench.take({ kind: "printer", state }),
    mend: () => bench.take({ kind: "printer", state: "ready" }),
    unplug: () => bench.lane.feeding(false),
    plug: () => bench.lane.feeding(true),
    wait: print,
    end: async () => {},
  };
});

intercomConformance("sim", async () => {
  const bench = new Bench();
  const tell = (call_id: string, state: "answered" | "ended"): void => bench.take({ kind: "intercom", call_id, state });
  return {
    port: bench.devices.intercom,
    open: () => {
      const call = bench.find("intercom");
      return call ? [call.call_id] : [];
    },
    answer: (callId) => tell(callId, "answered"),
    hangUp: (callId) => tell(callId, "ended"),
    unplug: () => bench.lane.feeding(false),
    wait: (ms) => bench.clock.advance(ms),
    end: async () => {},
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
