import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { expect, it } from "vitest";
import { boardConformance } from "../../ports/board/conformance.ts";
import { chardevBackend } from "./chardev/chardev-lines.ts";
import { GpioBoard, ROUND_MS } from "./gpio-board.ts";
import { SimulatedKernel } from "./testing/simulated-kernel.ts";

const OUT = [3, 4] as const;
const IN = [5, 6] as const;

function configOf(keys: Record<string, unknown> = {}) {
  const config = board.parse({ driver: "gpio", id: "b", chip: "lab", ...keys });
  if (config.driver !== "gpio") throw new Error("not a GPIO board");
  return config;
}

function boardOn(kernel: SimulatedKernel, keys: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const backend = chardevBackend(kernel);
  const port = new GpioBoard({ config: configOf(keys), outputs: OUT, inputs: IN, backend, clock });
  return { port, clock };
}

boardConformance("GPIO by character device, simulated kernel", async () => {
  const kernel = new SimulatedKernel("lab");
  for (const input of IN) kernel.pull(input, "high");
  const clock = systemClock();
  const port = new GpioBoard({ config: configOf(), outputs: OUT, inputs: IN, backend: chardevBackend(kernel), clock });
  return {
    port,
    out: OUT,
    in: IN,
    asked: kernel.asked,
    isOn: (output) => kernel.high.has(Number(output)),
    setContact: (input, state) => kernel.pull(Number(input), state === "closed" ? "low" : "high"),
    unplug: () => kernel.unplug(),
    plug() {
      kernel.plug();
      for (const input of IN) kernel.pull(input, "high");
    },
    wait: (ms) => sleep(clock, ms),
    end: () => port.close(),
  };
});

it("tells a contact that moved there and back between two rounds, in order", () => {
  const kernel = new SimulatedKernel("lab");
  const { port, clock } = boardOn(kernel);
  const seen: string[] = [];
  port.watch({ sample: (name, state) => seen.push(`${name}=${state}`), holds: () => {}, lost: () => {} });
  seen.length = 0;
  kernel.pull(5, "high");
  kernel.pull(5, "low");
  clock.advance(ROUND_MS);
  expect(seen).toEqual(["5=open", "5=closed"]);
});

it("says who has a line that it can't get, and takes it when it is free", () => {
  const kernel = new SimulatedKernel("lab", { 4: "RELAY_DOWN" });
  kernel.occupy(4, "heartbeat-led");
  const { port, clock } = boardOn(kernel);
  const health = port.health();
  expect(health.ok ? "" : health.why).toMatch(/line 4 \(RELAY_DOWN\) is used by "heartbeat-led"/);
  kernel.unplug();
  kernel.plug();
  clock.advance(1_100);
  expect(port.health()).toEqual({ ok: true });
});

it("starts relays that are on at low level at high (Verifies: SAFE-09)", () => {
  const kernel = new SimulatedKernel("lab");
  const { port } = boardOn(kernel, { output_on: "low" });
  expect([...kernel.high].sort()).toEqual([3, 4]);
  port.energise(3, 500);
  expect([...kernel.high]).toEqual([4]);
});

it("names the chips that there are when the site's is not among them", () => {
  const { port } = boardOn(new SimulatedKernel("pinctrl-rp1"));
  const health = port.health();
  expect(health.ok ? "" : health.why).toMatch(/no GPIO chip "lab".*gpiochip0 "pinctrl-rp1"/);
});
