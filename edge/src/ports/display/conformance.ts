import { describe, expect, it } from "vitest";
import { soon } from "../testing/soon.ts";
import { type DisplayPort, MAX_DISPLAY_TEXT } from "./display-port.ts";

export interface DisplayBench {
  readonly port: DisplayPort;
  /** What can be read on the display, once the device has taken what was sent. */
  shown(): Promise<string>;
  end?(): Promise<void>;
}

/** What every display driver must do; see the contract in display-port.ts. */
export function displayConformance(driver: string, make: () => Promise<DisplayBench>): void {
  const withBench = async (check: (bench: DisplayBench) => Promise<void>): Promise<void> => {
    const bench = await make();
    try {
      await check(bench);
    } finally {
      await bench.end?.();
    }
  };

  describe(`display port: ${driver}`, () => {
    it("is empty before the first command", () => withBench(async (bench) => expect(await bench.shown()).toBe("")));

    it("replaces its text", () =>
      withBench(async (bench) => {
        bench.port.show("a", "first");
        bench.port.show("b", "second");
        await soon(() => bench.shown()).toBe("second");
      }));

    it("refuses a text that is too long and keeps the old one", () =>
      withBench(async (bench) => {
        bench.port.show("a", "short");
        expect(bench.port.show("b", "x".repeat(MAX_DISPLAY_TEXT + 1))).toEqual({ ok: false, error: "text_too_long" });
        await soon(() => bench.shown()).toBe("short");
      }));
  });
}
