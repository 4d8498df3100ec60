import { describe, expect, it } from "vitest";
import { type DisplayPort, MAX_DISPLAY_TEXT } from "./display-port.ts";

export interface DisplayBench {
  readonly port: DisplayPort;
  shown(): { readonly key: string; readonly text: string; readonly green: boolean };
}

/** What every display driver must do; see the contract in display-port.ts. */
export function displayConformance(driver: string, make: () => DisplayBench): void {
  describe(`display port: ${driver}`, () => {
    it("is red and empty before the first command", () => {
      expect(make().shown()).toEqual({ key: "", text: "", green: false });
    });

    it("replaces its text and keeps it when the light changes", () => {
      const bench = make();
      bench.port.show("a", "first");
      bench.port.show("b", "second");
      bench.port.light(true);
      expect(bench.shown()).toEqual({ key: "b", text: "second", green: true });
      bench.port.light(false);
      expect(bench.shown().green).toBe(false);
    });

    it("refuses a text that is too long and keeps the old one", () => {
      const bench = make();
      bench.port.show("a", "x".repeat(MAX_DISPLAY_TEXT));
      expect(bench.port.show("b", "x".repeat(MAX_DISPLAY_TEXT + 1))).toEqual({ ok: false, error: "text_too_long" });
      expect(bench.shown().key).toBe("a");
    });
  });
}
