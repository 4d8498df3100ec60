import { describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import type { PrinterEvent, PrinterPort, PrinterState, TicketPrint } from "./printer-port.ts";

/** A printer with its paper in the hands of the test. */
export interface PrinterBench {
  readonly port: PrinterPort;
  /** Codes on the tickets that came out. */
  printed(): readonly string[];
  /** The driver takes the ticket, where the device notices that. */
  take(): void;
  trouble(state: Exclude<PrinterState, "ready" | "offline">): void;
  mend(): void;
  unplug(): void;
  plug(): void;
  /** Time passes on the driver's clock. */
  wait(ms: number): void;
  end(): Promise<void>;
}

const ticket = (jobId: string): TicketPrint => ({ jobId, code: `T${jobId}`, lines: ["Lot", "entry-1"] });

/** What every driver of a ticket printer must do; see the contract in printer-port.ts. */
export function printerConformance(driver: string, make: () => Promise<PrinterBench>): void {
  describe(`printer port: ${driver}`, () => {
    const withBench = async (check: (bench: PrinterBench, events: PrinterEvent[]) => Promise<void>): Promise<void> => {
      const bench = await make();
      const events: PrinterEvent[] = [];
      bench.port.watch((event) => events.push(event));
      try {
        await becomes(bench, "ready");
        await check(bench, events);
      } finally {
        await bench.end();
      }
    };
    const becomes = (bench: PrinterBench, state: PrinterState): Promise<void> =>
      soon(() => {
        bench.wait(300);
        return bench.port.state();
      }).toBe(state);
    const told = (bench: PrinterBench, events: PrinterEvent[], event: PrinterEvent): Promise<void> =>
      soon(() => {
        bench.wait(300);
        return events;
      }).toContainEqual(event);

    it("prints one ticket, tells that it is out and that it is taken, once each", () =>
      withBench(async (bench, events) => {
        expect(bench.port.print(ticket("1"))).toEqual({ ok: true, value: undefined });
        expect(bench.port.print(ticket("2"))).toEqual({ ok: false, error: "busy" });
        await told(bench, events, { kind: "ticket", jobId: "1", result: "presented" });
        bench.take();
        await told(bench, events, { kind: "ticket", jobId: "1", result: "taken" });
        expect(bench.printed()).toEqual(["T1"]);
        expect(bench.port.print(ticket("3")).ok).toBe(true);
        bench.take();
        await told(bench, events, { kind: "ticket", jobId: "3", result: "presented" });
        expect(events.filter((event) => event.kind === "ticket" && event.jobId === "1")).toHaveLength(2);
      }));

    it.each(["paper_out", "jammed"] as const)("tells %s and takes no ticket until it is mended", (state) =>
      withBench(async (bench, events) => {
        bench.trouble(state);
        await becomes(bench, state);
        expect(bench.port.print(ticket("1"))).toEqual({ ok: false, error: state });
        bench.mend();
        await becomes(bench, "ready");
        expect(events).toContainEqual({ kind: "state", state });
        expect(bench.printed()).toEqual([]);
      }),
    );

    it("warns before the paper ends, and prints on", () =>
      withBench(async (bench, events) => {
        bench.trouble("paper_low");
        await becomes(bench, "paper_low");
        expect(bench.port.print(ticket("1")).ok).toBe(true);
        await told(bench, events, { kind: "ticket", jobId: "1", result: "presented" });
      }));

    it("ends a ticket in hand as failed when it is gone, and does not print it later", () =>
      withBench(async (bench, events) => {
        bench.unplug();
        bench.port.print(ticket("1"));
        await becomes(bench, "offline");
        expect(bench.port.print(ticket("2"))).toEqual({ ok: false, error: "offline" });
        bench.plug();
        await becomes(bench, "ready");
        expect(bench.printed()).toEqual([]);
        expect(events.filter((event) => event.kind === "ticket")).toEqual([]);
      }));

    it("refuses a ticket that is too long", () =>
      withBench(async (bench) => {
        const long = { ...ticket("1"), code: "x".repeat(513) };
        expect(bench.port.print(long)).toEqual({ ok: false, error: "ticket_too_long" });
      }));
  });
}
