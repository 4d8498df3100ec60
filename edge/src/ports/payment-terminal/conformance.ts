import { describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import type { PaymentTerminalPort, TerminalEvent, TerminalResult } from "./payment-terminal-port.ts";

export interface TerminalBench {
  readonly port: PaymentTerminalPort;
  /** The amount that the terminal shows to the driver. */
  asked(): { readonly amountMinor: number; readonly currency: string } | null;
  /** The driver holds a card before it; `stop` is the stop key. */
  present(card: "good" | "bad" | "stop"): void;
  unplug(): void;
  /** Time passes on the driver's clock. */
  wait(ms: number): void;
  end(): Promise<void>;
}

const amount = { amountMinor: 250, currency: "EUR" };

/** What every terminal driver must do; see the contract in payment-terminal-port.ts. */
export function terminalConformance(driver: string, make: () => Promise<TerminalBench>): void {
  describe(`payment terminal port: ${driver}`, () => {
    const withBench = async (
      check: (bench: TerminalBench, events: TerminalEvent[]) => Promise<void>,
    ): Promise<void> => {
      const bench = await make();
      const events: TerminalEvent[] = [];
      bench.port.watch((event) => events.push(event));
      try {
        await soon(() => bench.port.health().connected).toBe(true);
        await check(bench, events);
      } finally {
        await bench.end();
      }
    };
    const asks = (bench: TerminalBench, expected: object | null = amount): Promise<void> =>
      soon(() => {
        bench.wait(300);
        return bench.asked();
      }).toEqual(expected);
    const results = (events: readonly TerminalEvent[]): readonly (readonly [string, TerminalResult["result"]])[] =>
      events.flatMap((one) => (one.kind === "result" ? [[one.result.requestId, one.result.result] as const] : []));

    it("asks for the amount, reports the result with its reference, and is free again", () =>
      withBench(async (bench, events) => {
        expect(bench.port.request({ requestId: "p1", amount })).toEqual({ ok: true, value: undefined });
        await asks(bench);
        bench.present("good");
        await soon(() => results(events)).toEqual([["p1", "approved"]]);
        const [approved] = events;
        expect(approved?.kind === "result" && approved.result.reference.length).toBeGreaterThan(0);
        expect(bench.port.request({ requestId: "p2", amount }).ok).toBe(true);
        await asks(bench);
      }));

    it("keeps asking after a declined attempt", () =>
      withBench(async (bench, events) => {
        bench.port.request({ requestId: "p1", amount });
        await asks(bench);
        bench.present("bad");
        await soon(() => results(events)).toEqual([["p1", "declined"]]);
        await asks(bench);
        bench.present("good");
        await soon(() => results(events).at(-1)).toEqual(["p1", "approved"]);
      }));

    it("tells when the driver gives up", () =>
      withBench(async (bench, events) => {
        bench.port.request({ requestId: "p1", amount });
        await asks(bench);
        bench.present("stop");
        await soon(() => results(events)).toEqual([["p1", "cancelled"]]);
        expect(bench.port.request({ requestId: "p2", amount }).ok).toBe(true);
      }));

    it("is busy with one request at a time, until it is taken back", () =>
      withBench(async (bench) => {
        bench.port.request({ requestId: "p1", amount });
        await asks(bench);
        expect(bench.port.request({ requestId: "p2", amount })).toEqual({ ok: false, error: "busy" });
        bench.port.cancel("other");
        await asks(bench);
        bench.port.cancel("p1");
        await asks(bench, null);
        await soon(() => bench.port.request({ requestId: "p2", amount }).ok).toBe(true);
        await asks(bench);
      }));

    it("says at once that nobody can pay (Verifies: SAFE-18)", () =>
      withBench(async (bench) => {
        bench.unplug();
        await soon(() => bench.port.health().connected).toBe(false);
        expect(bench.port.request({ requestId: "p1", amount })).toEqual({ ok: false, error: "not_connected" });
      }));
  });
}
