import type { LimitName } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { describe, expect, it } from "vitest";
import type { BarrierPort, Relay } from "./barrier-port.ts";

/** A driver with its hardware in the hands of the test. */
export interface BarrierBench {
  readonly port: BarrierPort;
  /** What a meter at the relay's contact shows. */
  isOn(relay: Relay): boolean;
  setLimit(name: LimitName, active: boolean): void;
  /** The hardware confirms its inputs unchanged. */
  confirm(): void;
  /** The hardware goes away. */
  unplug(): void;
  wait(ms: number): Promise<void>;
}

/** What every barrier driver must do; see the contract in barrier-port.ts. */
export function barrierConformance(driver: string, make: () => Promise<BarrierBench>): void {
  describe(`barrier port: ${driver}`, () => {
    it("starts with both relays off", async () => {
      const bench = await make();
      expect([bench.isOn("up"), bench.isOn("down")]).toEqual([false, false]);
    });

    it.each(["up", "down"] as const)("turns %s on and off, and only that one", async (relay) => {
      const bench = await make();
      expect(bench.port.energise(relay, 1_000)).toEqual({ ok: true, value: undefined });
      expect([bench.isOn("up"), bench.isOn("down")]).toEqual([relay === "up", relay === "down"]);
      expect(bench.port.release(relay).ok).toBe(true);
      expect(bench.isOn(relay)).toBe(false);
      expect(bench.port.release(relay).ok).toBe(true);
    });

    it("lets go by itself after the time it was given (Verifies: SAFE-11)", async () => {
      const bench = await make();
      bench.port.energise("up", 50);
      await bench.wait(20);
      expect(bench.isOn("up")).toBe(true);
      await bench.wait(60);
      expect(bench.isOn("up")).toBe(false);
    });

    it("refuses one relay while the other is on (Verifies: SAFE-01)", async () => {
      const bench = await make();
      bench.port.energise("up", 1_000);
      expect(bench.port.energise("down", 1_000)).toEqual({ ok: false, error: "io_failed" });
      expect(bench.isOn("down")).toBe(false);
    });

    it("turns everything off on allOff, also when nothing is on", async () => {
      const bench = await make();
      bench.port.allOff();
      bench.port.energise("down", 1_000);
      bench.port.allOff();
      expect([bench.isOn("up"), bench.isOn("down")]).toEqual([false, false]);
    });

    it("reports limits, confirmations and the loss of its hardware, until it is told to stop", async () => {
      const bench = await make();
      const seen: string[] = [];
      const end = bench.port.watchLimits({
        sample: (name, active) => seen.push(`${name}=${active}`),
        holds: () => seen.push("holds"),
        lost: () => seen.push("lost"),
      });
      bench.setLimit("down", true);
      bench.setLimit("down", false);
      bench.confirm();
      bench.unplug();
      end();
      bench.setLimit("up", true);
      expect(seen).toEqual(["down=true", "down=false", "holds", "lost"]);
    });
  });
}
