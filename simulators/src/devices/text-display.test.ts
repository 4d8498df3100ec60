import { SerialDisplay } from "@gatehouse/edge/drivers/serial/serial-display.ts";
import { displayConformance } from "@gatehouse/edge/ports/display/conformance.ts";
import { soon } from "@gatehouse/edge/ports/testing/soon.ts";
import { lanePeripherals, type SerialTextConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, expect, it } from "vitest";
import { TextDisplay } from "./text-display.ts";

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function wire(config: { protocol?: "line" | "cd5220"; charset?: string } = {}) {
  const device = new TextDisplay(config.protocol ?? "line");
  const clock = new ManualClock();
  const { display } = lanePeripherals.parse({ display: { driver: "serial_text", path: device.line.path, ...config } });
  const port = new SerialDisplay({ config: display as SerialTextConfig, clock, random: systemRandom });
  ends.push(async () => {
    await port.close();
    device.close();
  });
  await soon(() => port.health().connected).toBe(true);
  return { device, clock, port, shown: async () => device.shown };
}

displayConformance("serial line", () => wire());
displayConformance("CD5220", () => wire({ protocol: "cd5220" }));

it("breaks a text into the rows of the display, without letters that it does not know", async () => {
  const { port, device } = await wire({ protocol: "cd5220" });
  port.show("k", "Größe: 4,50\u00a0€ zahlen");
  await soon(() => device.shown).toBe("Grosse: 4,50 EUR zahlen");
});

it("writes Latin letters where the display has them", async () => {
  const { port, device } = await wire({ charset: "latin1" });
  port.show("k", "Größe, Łódź");
  await soon(() => device.shown).toBe("Größe, Lódz");
});

it("shows its text again when the display is back", async () => {
  const { port, device, clock } = await wire();
  device.line.unplug();
  await soon(() => port.health().connected).toBe(false);
  expect(port.show("k", "Welcome")).toEqual({ ok: false, error: "not_connected" });
  device.line.plug();
  clock.advance(20_000);
  await soon(() => device.shown).toBe("Welcome");
});
