import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openGpioBoard } from "@gatehouse/edge/drivers/gpio/open-gpio-board.ts";
import { SimChip } from "@gatehouse/edge/drivers/gpio/testing/sim-chip.ts";
import { processClock } from "@gatehouse/edge/guard/process-clock.ts";
import type { BoardPort } from "@gatehouse/edge/ports/board/board-port.ts";
import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";
import type { Channel } from "@gatehouse/shared/contracts/config/site/points.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { afterEach, describe, expect, it } from "vitest";

const RELAY_HOLDER = fileURLToPath(new URL("relay-holder.ts", import.meta.url));
const clock = processClock();
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function chip(names: Readonly<Record<number, string>> = {}): SimChip {
  const made = new SimChip("lines", names);
  ends.push(() => made.remove());
  return made;
}

interface Wish {
  readonly keys: Record<string, unknown>;
  readonly outputs?: readonly Channel[];
  readonly inputs?: readonly Channel[];
}

function openBoard({ keys, outputs = [], inputs = [] }: Wish): BoardPort {
  const config = board.parse({ driver: "gpio", id: "b", bias: "external", ...keys });
  if (config.driver !== "gpio") throw new Error("not a GPIO board");
  const port = openGpioBoard({ config, outputs, inputs, clock });
  ends.push(() => port.close());
  return port;
}

function whyNot(port: BoardPort): string {
  const health = port.health();
  return health.ok ? "it works" : health.why;
}

function seenOf(port: BoardPort): string[] {
  const seen: string[] = [];
  port.watch({
    sample: (name, state) => seen.push(`${name}=${state}`),
    holds: () => {},
    lost: () => seen.push("lost"),
  });
  return seen;
}

describe("GPIO lines of this kernel", () => {
  it("are found by label, by path, by number and by name", async () => {
    const sim = chip({ 2: "RELAY_UP", 9: "LOOP" });
    for (const name of [sim.label, sim.device]) {
      const port = openBoard({ keys: { chip: name }, outputs: ["RELAY_UP"], inputs: ["LOOP", 10] });
      expect(port.health()).toEqual({ ok: true });
      port.energise("RELAY_UP", 1_000);
      expect(sim.isHigh(2)).toBe(true);
      await port.close();
    }
  });

  it("are refused with the names that there are", () => {
    chip({ 2: "RELAY_UP" });
    const why = (wish: Wish): string => whyNot(openBoard(wish));
    expect(why({ keys: { chip: "pinctrl-rp1" }, outputs: [2] })).toMatch(/no GPIO chip "pinctrl-rp1".*"lines"/);
    expect(why({ keys: { chip: "lines" }, outputs: ["RELAY_DOWN"] })).toMatch(/no line named "RELAY_DOWN"/);
    expect(why({ keys: { chip: "lines" }, outputs: [99] })).toMatch(/lines 0 to 15, no line 99/);
    expect(why({ keys: { chip: "lines", backend: "sysfs" }, outputs: ["RELAY_UP"] })).toMatch(
      /write the line's number/,
    );
  });

  it.each(["chardev", "sysfs"])("by %s: nobody else gets a line that is in use, and hears who has it", (backend) => {
    chip();
    const first = openBoard({ keys: { chip: "lines", id: "first" }, outputs: [3] });
    const second = openBoard({ keys: { chip: "lines", backend }, outputs: [3] });
    expect(first.health()).toEqual({ ok: true });
    expect(whyNot(second)).toMatch(/used by .*gatehouse first/);
    expect(second.energise(3, 500)).toEqual({ ok: false, error: "not_connected" });
  });

  it("by sysfs: a second agent is kept out too, and takes over the lines of one that was killed", async () => {
    const sim = chip();
    const holder = await hold("sysfs");
    expect(sim.isHigh(3)).toBe(true);
    const port = openBoard({ keys: { chip: "lines", backend: "sysfs" }, outputs: [3] });
    expect(whyNot(port)).toMatch(/another agent/);
    await holder.kill();
    await waitFor(() => port.health().ok);
    expect(sim.isHigh(3)).toBe(false);
  });

  it("by sysfs: the base that is added is not 0 here, so it is really added", () => {
    const sim = chip();
    const port = openBoard({ keys: { chip: "lines", backend: "sysfs" }, outputs: [3] });
    expect(sim.base).toBeGreaterThan(0);
    expect(existsSync(`/sys/class/gpio/gpio${sim.base + 3}`)).toBe(true);
    port.energise(3, 1_000);
    expect(sim.isHigh(3)).toBe(true);
  });

  it.each(["chardev", "sysfs"])(
    "by %s: relays that are on at low level start at high (Verifies: SAFE-09)",
    (backend) => {
      const sim = chip();
      const port = openBoard({ keys: { chip: "lines", backend, output_on: "low" }, outputs: [3] });
      expect(sim.isHigh(3)).toBe(true);
      port.energise(3, 1_000);
      expect(sim.isHigh(3)).toBe(false);
      port.release(3);
      expect(sim.isHigh(3)).toBe(true);
    },
  );

  it.each(["chardev", "sysfs"])(
    "by %s: a contact that opens for a moment between two rounds is told",
    async (backend) => {
      const sim = chip();
      sim.pull(5, "low");
      const port = openBoard({ keys: { chip: "lines", backend, debounce_ms: 0 }, inputs: [5] });
      const seen = seenOf(port);
      await waitFor(() => seen.length > 0);
      sim.pull(5, "high");
      sim.pull(5, "low");
      await waitFor(() => seen.length >= 3);
      expect(seen).toEqual(["5=closed", "5=open", "5=closed"]);
    },
  );

  it.each(["chardev", "sysfs"])("by %s: what bounces for less than the debounce is not told", async (backend) => {
    const sim = chip();
    sim.pull(5, "low");
    const port = openBoard({ keys: { chip: "lines", backend, debounce_ms: 50 }, inputs: [5] });
    const seen = seenOf(port);
    await waitFor(() => seen.length > 0);
    for (let bounce = 0; bounce < 5; bounce++) {
      sim.pull(5, "high");
      sim.pull(5, "low");
    }
    await sleep(clock, 200);
    expect(seen).toEqual(["5=closed"]);
    sim.pull(5, "high");
    await waitFor(() => seen.length === 2);
    expect(seen).toEqual(["5=closed", "5=open"]);
  });

  it("when the process is killed: the kernel frees the lines of the character device, and sysfs keeps its level", async () => {
    const sim = chip();
    const byDevice = await hold("chardev");
    expect(sim.isHigh(3)).toBe(true);
    await byDevice.kill();
    const afterDevice = sim.isHigh(3);
    const bySysfs = await hold("sysfs");
    await bySysfs.kill();
    const afterSysfs = sim.isHigh(3);
    process.stdout.write(`after SIGKILL: chardev ${afterDevice ? "on" : "off"}, sysfs ${afterSysfs ? "on" : "off"}\n`);
    expect(afterSysfs).toBe(true);
    // The next start is what turns it off, whoever held it.
    const port = openBoard({ keys: { chip: "lines", backend: "sysfs" }, outputs: [3] });
    await waitFor(() => port.health().ok);
    expect(sim.isHigh(3)).toBe(false);
  });
});

/** Another process that holds line 3 on. */
async function hold(backend: string): Promise<{ kill: () => Promise<void> }> {
  const child = spawn(process.execPath, [RELAY_HOLDER, backend], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  expect(line).toBe("on");
  return {
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

async function waitFor(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds() && waited < 5_000; waited += 10) await sleep(clock, 10);
  expect(holds()).toBe(true);
}
