import { describe, expect, it } from "vitest";
import type { PaymentTerminalPort, TerminalResult } from "./payment-terminal-port.ts";

export interface TerminalBench {
  readonly port: PaymentTerminalPort;
  /** The request that the terminal shows to the driver. */
  asked(): { readonly requestId: string; readonly amountMinor: number; readonly currency: string } | null;
  answer(result: TerminalResult): void;
  unplug(): void;
}

const amount = { amountMinor: 250, currency: "EUR" };
const answerTo = (requestId: string, result: TerminalResult["result"]): TerminalResult => ({
  requestId,
  result,
  reference: "R1",
  method: "credit_card",
});

/** What every terminal driver must do; see the contract in payment-terminal-port.ts. */
export function terminalConformance(driver: string, make: () => TerminalBench): void {
  describe(`payment terminal port: ${driver}`, () => {
    it("asks for the amount, reports the result, and is free again", () => {
      const bench = make();
      const results: TerminalResult[] = [];
      const end = bench.port.watch((event) => event.kind === "result" && results.push(event.result));
      expect(bench.port.request({ requestId: "p1", amount })).toEqual({ ok: true, value: undefined });
      expect(bench.asked()).toEqual({ requestId: "p1", ...amount });
      bench.answer(answerTo("p1", "approved"));
      expect(bench.port.request({ requestId: "p2", amount }).ok).toBe(true);
      end();
      bench.answer(answerTo("p2", "approved"));
      expect(results).toEqual([answerTo("p1", "approved")]);
    });

    it("keeps asking after a declined attempt", () => {
      const bench = make();
      bench.port.request({ requestId: "p1", amount });
      bench.answer(answerTo("p1", "declined"));
      expect(bench.asked()?.requestId).toBe("p1");
    });

    it("is busy with one request at a time, until it is taken back", () => {
      const bench = make();
      bench.port.request({ requestId: "p1", amount });
      expect(bench.port.request({ requestId: "p2", amount })).toEqual({ ok: false, error: "busy" });
      bench.port.cancel("other");
      expect(bench.asked()?.requestId).toBe("p1");
      bench.port.cancel("p1");
      expect(bench.asked()).toBeNull();
      expect(bench.port.request({ requestId: "p2", amount }).ok).toBe(true);
    });

    it("says at once that nobody can pay (Verifies: SAFE-18)", () => {
      const bench = make();
      bench.unplug();
      expect(bench.port.request({ requestId: "p1", amount })).toEqual({ ok: false, error: "not_connected" });
    });
  });
}
