import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type OnoffOptions, onoffBackend } from "@gatehouse/edge/drivers/gpio/sysfs/onoff-lines.ts";
import { SimChip } from "@gatehouse/edge/drivers/gpio/testing/sim-chip.ts";
import { systemCalls } from "@gatehouse/edge/drivers/kernel/system-calls.ts";
import { processClock } from "@gatehouse/edge/guard/process-clock.ts";
import { afterEach, describe, expect, it } from "vitest";

const OUTPUT = 2;
const INPUT = 5;
const { Gpio }: { readonly Gpio: OnoffOptions["Gpio"] } = createRequire(
  import.meta.resolve("@gatehouse/edge/drivers/gpio/sysfs/onoff-lines.ts"),
)("onoff");
let chip: SimChip | null = null;

afterEach(() => {
  chip?.remove();
  chip = null;
});

/** What a script or an older program leaves behind: an exported line of which the kernel inverts every word. */
function leaveInverted(one: SimChip, offset: number): void {
  const folder = `/sys/class/gpio/gpio${one.base + offset}`;
  writeFileSync("/sys/class/gpio/export", String(one.base + offset));
  expect(existsSync(folder)).toBe(true);
  writeFileSync(`${folder}/active_low`, "1");
}

describe("sysfs lines that were left inverted", () => {
  it("are off when they are told off, and closed when their contact is (Verifies: SAFE-09)", () => {
    chip = new SimChip("gatehouse-inverted");
    leaveInverted(chip, OUTPUT);
    leaveInverted(chip, INPUT);
    const backend = onoffBackend({
      Gpio,
      pump: () => {},
      calls: systemCalls(),
      clock: processClock(),
      ownerOf: () => null,
    });
    const lines = backend.open({
      chip: chip.label,
      consumer: "test",
      outputs: [OUTPUT],
      onLevel: "high",
      inputs: [INPUT],
      closedLevel: "low",
      bias: "external",
      debounceMs: 0,
    });
    try {
      expect(chip.isHigh(OUTPUT)).toBe(false);
      lines.write(OUTPUT, true);
      expect(chip.isHigh(OUTPUT)).toBe(true);
      lines.write(OUTPUT, false);
      expect(chip.isHigh(OUTPUT)).toBe(false);
      chip.pull(INPUT, "high");
      lines.edges();
      expect(lines.read()).toEqual([false]);
      chip.pull(INPUT, "low");
      lines.edges();
      expect(lines.read()).toEqual([true]);
    } finally {
      lines.close();
    }
  });
});
