import { describe, expect, it } from "vitest";
import type { LightPort } from "./light-port.ts";

export interface LightBench {
  readonly port: LightPort;
  green(): boolean;
}

/** What every driver of a traffic light must do; see the contract in light-port.ts. */
export function lightConformance(driver: string, make: () => LightBench): void {
  describe(`light port: ${driver}`, () => {
    it("is red before the first command, then shows the last one", () => {
      const bench = make();
      expect(bench.green()).toBe(false);
      bench.port.show(true);
      expect(bench.green()).toBe(true);
      bench.port.show(false);
      expect(bench.green()).toBe(false);
    });
  });
}
