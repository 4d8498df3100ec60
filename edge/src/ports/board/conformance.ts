import type { Channel, ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import { afterEach, describe, expect, it } from "vitest";
import type { BoardPort } from "./board-port.ts";

/**
 * A driver with its hardware in the hands of the test. The board uses the outputs `out[0]`, `out[1]` and the inputs
 * `in[0]`, `in[1]`; all contacts are open at first.
 */
export interface BoardBench {
  readonly port: BoardPort;
  readonly out: readonly [Channel, Channel];
  readonly in: readonly [Channel, Channel];
  /** What a meter at the relay's contact shows. */
  isOn(output: Channel): boolean;
  setContact(input: Channel, state: ContactState): void;
  /** The hardware goes away, or comes back with outputs as it likes. */
  unplug(): void;
  plug(): void;
  /** Outputs and inputs that the hardware was asked for, in order, since it was last plugged: `off`, `on`, `read`. */
  readonly asked: readonly ("off" | "on" | "read")[];
  wait(ms: number): Promise<void>;
  end(): Promise<void>;
}

/** How long a test waits for what a slow board does in the background, ms. */
const PATIENCE_MS = 3_000;

/** What every board driver must do; see the contract in board-port.ts. */
export function boardConformance(driver: string, make: () => Promise<BoardBench>): void {
  describe(`board port: ${driver}`, () => {
    let bench: BoardBench | null = null;
    const begin = async (): Promise<BoardBench> => {
      bench = await make();
      return bench;
    };
    afterEach(async () => {
      await bench?.end();
      bench = null;
    });

    it("turns every output off before it reads an input, at the start and at each return (Verifies: SAFE-09)", async () => {
      const { asked, unplug, plug, wait } = await begin();
      const isSafe = (): boolean => {
        const first = asked.indexOf("read");
        return first > 0 && asked.slice(0, first).every((one) => one === "off");
      };
      await until(wait, isSafe);
      unplug();
      await wait(50);
      plug();
      await until(wait, isSafe);
    });

    it("turns one output on and off and leaves the other", async () => {
      const { port, out, isOn, wait } = await connected(begin);
      expect(port.energise(out[0], 2_000)).toEqual({ ok: true, value: undefined });
      await until(wait, () => isOn(out[0]));
      expect(isOn(out[1])).toBe(false);
      expect(port.release(out[0]).ok).toBe(true);
      await until(wait, () => !isOn(out[0]));
      expect(port.release(out[0]).ok).toBe(true);
    });

    it("tells each output once the board has confirmed it, and at first that all are off (Verifies: SAFE-01)", async () => {
      const { port, out, isOn, wait } = await connected(begin);
      const told: string[] = [];
      const end = port.onSwitched((output, on) => told.push(`${output} ${on ? "on" : "off"} ${isOn(output) === on}`));
      expect(told.sort()).toEqual(out.map((output) => `${output} off true`).sort());
      port.energise(out[0], 2_000);
      await until(wait, () => told.includes(`${out[0]} on true`));
      port.release(out[0]);
      await until(wait, () => told.length === 4);
      expect(told.at(-1)).toBe(`${out[0]} off true`);
      end();
      port.energise(out[1], 2_000);
      await until(wait, () => isOn(out[1]));
      expect(told).toHaveLength(4);
    });

    it("lets go by itself after the time it was given (Verifies: SAFE-11)", async () => {
      const { port, out, isOn, wait } = await connected(begin);
      port.energise(out[0], 300);
      await until(wait, () => isOn(out[0]));
      await until(wait, () => !isOn(out[0]), 1_000);
    });

    it("keeps an output on until it is released when told so", async () => {
      const { port, out, isOn, wait } = await connected(begin);
      port.energise(out[1], "until_released");
      await until(wait, () => isOn(out[1]));
      await wait(250);
      expect(isOn(out[1])).toBe(true);
    });

    it("turns everything off on allOff and on close", async () => {
      const { port, out, isOn, wait } = await connected(begin);
      port.allOff();
      for (const channel of out) port.energise(channel, 5_000);
      await until(wait, () => out.every(isOn));
      port.allOff();
      await until(wait, () => !out.some(isOn));
      port.energise(out[1], "until_released");
      await until(wait, () => isOn(out[1]));
      await port.close();
      await port.close();
      expect(isOn(out[1])).toBe(false);
    });

    it("refuses a channel that the site doesn't use", async () => {
      const { port } = await begin();
      expect(port.energise("no-such-channel", 500)).toEqual({ ok: false, error: "unknown_channel" });
      expect(port.release("no-such-channel")).toEqual({ ok: false, error: "unknown_channel" });
    });

    it("reports every input, each change, and confirmations in between", async () => {
      const { port, in: inputs, setContact, wait } = await connected(begin);
      const seen = record(port);
      await until(wait, () => inputs.every((name) => seen.includes(`${name}=open`)) && seen.includes("holds"));
      setContact(inputs[1], "closed");
      await until(wait, () => seen.includes(`${inputs[1]}=closed`));
      expect(seen.filter((one) => one.startsWith(`${inputs[0]}=`))).toEqual([`${inputs[0]}=open`]);
      setContact(inputs[1], "open");
      await until(wait, () => seen.lastIndexOf(`${inputs[1]}=open`) > seen.indexOf(`${inputs[1]}=closed`));
    });

    it("tells the loss of its hardware once, and every input anew after it (Verifies: SAFE-03)", async () => {
      const { port, in: inputs, out, unplug, plug, isOn, wait } = await connected(begin);
      const seen = record(port);
      await until(wait, () => seen.includes("holds"));
      port.energise(out[0], 60_000);
      await until(wait, () => isOn(out[0]));
      unplug();
      await until(wait, () => seen.includes("lost"));
      expect(port.health().ok).toBe(false);
      await wait(100);
      expect(seen.filter((one) => one === "lost")).toHaveLength(1);
      expect(seen.at(-1)).toBe("lost");
      expect(port.energise(out[0], 500)).toEqual({ ok: false, error: "not_connected" });
      plug();
      await until(wait, () => seen.at(-1) === "holds");
      const back = seen.slice(seen.indexOf("lost") + 1);
      expect(inputs.map((name) => back.includes(`${name}=open`))).toEqual([true, true]);
      expect(isOn(out[0])).toBe(false);
    });

    it("goes on counting its rounds while the hardware is away (Verifies: SAFE-10)", async () => {
      const { port, unplug, wait } = await connected(begin);
      const rounds = (): number => port.sampledAt() ?? Number.NEGATIVE_INFINITY;
      const before = rounds();
      await until(wait, () => rounds() > before);
      unplug();
      await until(wait, () => !port.health().ok);
      // A watchdog's period is short: the rounds must not become rare while the driver waits for its board.
      const seen = new Set<number>();
      for (let nth = 0; nth < 50; nth++) {
        await wait(10);
        seen.add(rounds());
      }
      expect(seen.size).toBeGreaterThan(5);
    });

    it("tells a watcher that comes late what holds now, and one that left nothing more", async () => {
      const { port, in: inputs, setContact, wait } = await connected(begin);
      const early: string[] = [];
      const leave = port.watch(sinkInto(early));
      await until(wait, () => early.includes("holds"));
      leave();
      const count = early.length;
      const late = record(port);
      expect(late.slice(0, 2).sort()).toEqual(inputs.map((name) => `${name}=open`).sort());
      setContact(inputs[0], "closed");
      await until(wait, () => late.includes(`${inputs[0]}=closed`));
      expect(early).toHaveLength(count);
    });
  });
}

async function connected(begin: () => Promise<BoardBench>): Promise<BoardBench> {
  const bench = await begin();
  await until(bench.wait, () => bench.port.health().ok);
  return bench;
}

function record(port: BoardPort): string[] {
  const seen: string[] = [];
  port.watch(sinkInto(seen));
  return seen;
}

function sinkInto(seen: string[]): Parameters<BoardPort["watch"]>[0] {
  return {
    sample: (name, state) => seen.push(`${name}=${state}`),
    holds: () => seen.push("holds"),
    lost: () => seen.push("lost"),
  };
}

async function until(wait: BoardBench["wait"], holds: () => boolean, patienceMs: number = PATIENCE_MS): Promise<void> {
  const STEP_MS = 10;
  for (let waited = 0; !holds() && waited < patienceMs; waited += STEP_MS) await wait(STEP_MS);
  expect(holds()).toBe(true);
}
