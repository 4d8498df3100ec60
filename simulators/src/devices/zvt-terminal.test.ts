import { ZvtTerminal } from "@gatehouse/edge/drivers/zvt/zvt-terminal.ts";
import { type TerminalBench, terminalConformance } from "@gatehouse/edge/ports/payment-terminal/conformance.ts";
import type { TerminalEvent } from "@gatehouse/edge/ports/payment-terminal/payment-terminal-port.ts";
import { lanePeripherals, type ZvtConfig } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Card, ZvtTerminalDevice } from "./zvt-terminal.ts";

const amount = { amountMinor: 1_250, currency: "EUR" };

interface Wired extends TerminalBench {
  readonly device: ZvtTerminalDevice;
  readonly tcpPort: number;
  readonly events: TerminalEvent[];
}

const benches: Wired[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.end();
});

async function wire(config: object = {}): Promise<Wired> {
  const device = new ZvtTerminalDevice();
  const port = await device.listen();
  const clock = new ManualClock();
  const { terminal } = lanePeripherals.parse({ terminal: { driver: "zvt", host: "127.0.0.1", port, ...config } });
  const driver = new ZvtTerminal({ config: terminal as ZvtConfig, clock, random: systemRandom });
  const events: TerminalEvent[] = [];
  driver.watch((event) => events.push(event));
  const bench: Wired = {
    device,
    tcpPort: port,
    events,
    port: driver,
    asked: () => device.asked,
    present: (card) => device.present(card),
    unplug: () => void device.stop(),
    wait: (ms) => clock.advance(ms),
    end: async () => {
      await driver.close();
      await device.stop();
    },
  };
  benches.push(bench);
  return bench;
}

terminalConformance("ZVT", () => wire());

/** Lets time pass in small steps until the check holds; the line needs real time, the driver's waits the clock's. */
async function until(bench: Wired, check: () => void, stepMs = 100): Promise<void> {
  await expect
    .poll(
      () => {
        bench.wait(stepMs);
        try {
          check();
          return null;
        } catch (error) {
          return error;
        }
      },
      { timeout: 5_000, interval: 10 },
    )
    .toBeNull();
}

async function asking(config: object = {}): Promise<Wired> {
  const bench = await wire(config);
  await until(bench, () => expect(bench.port.health().connected).toBe(true));
  expect(bench.port.request({ requestId: "p1", amount }).ok).toBe(true);
  await until(bench, () => expect(bench.device.asked).toEqual(amount));
  return bench;
}

const outcomes = (bench: Wired): readonly string[] =>
  bench.events.map((event) => (event.kind === "result" ? event.result.result : event.kind));

describe("a payment by ZVT", () => {
  it("has the terminal's own reference, and nothing of the card", async () => {
    const bench = await asking();
    bench.device.present("good");
    await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
    expect(bench.events).toEqual([
      {
        kind: "result",
        result: { requestId: "p1", result: "approved", reference: "ZVT-68012345-4712-1", method: "credit_card" },
      },
    ]);
  });

  it.each(["good_cut_before", "good_cut_after", "good_half"] satisfies Card[])(
    "is not lost and not asked for twice when the line fails around its approval: %s",
    async (card) => {
      const bench = await asking();
      bench.device.present(card);
      await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
      await until(bench, () => expect(bench.port.health().connected).toBe(true));
      expect(bench.device.paid).toEqual([{ trace: 4_712, amountMinor: 1_250 }]);
      expect(bench.device.registrations).toBe(2);
    },
  );

  it("is asked for again when the line failed before anything was paid", async () => {
    const bench = await asking();
    bench.device.present("cut");
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    bench.device.present("good");
    await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
    expect(bench.device.paid).toHaveLength(1);
  });

  it("is not mistaken for the one before with the same amount", async () => {
    const bench = await asking();
    bench.device.present("good");
    await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
    bench.port.request({ requestId: "p2", amount });
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    bench.device.present("cut");
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    expect(outcomes(bench)).toEqual(["approved"]);
  });

  it("fails for the lane when the terminal stays away, and is told all the same when it comes back (Verifies: SAFE-18)", async () => {
    const bench = await asking();
    bench.device.present("good_cut_before");
    await bench.device.stop();
    await until(bench, () => expect(outcomes(bench)).toEqual(["failed"]), 1_000);
    expect(bench.port.request({ requestId: "p2", amount })).toEqual({ ok: false, error: "not_connected" });
    await bench.device.listen(bench.tcpPort);
    await until(bench, () => expect(outcomes(bench)).toEqual(["failed", "approved"]), 1_000);
  });

  it("is left to a person when the terminal can't say what was last", async () => {
    const bench = await asking();
    bench.device.forgetful = true;
    bench.device.present("good_cut_before");
    await until(bench, () => expect(outcomes(bench)).toEqual(["failed", "closed"]));
    expect(bench.port.health().lastFault?.message).toMatch(/look at the terminal's journal/);
    expect(bench.device.asked).toBeNull();
  });

  it.each(["part", "part_cut_before", "good_reversed"] satisfies Card[])(
    "that is not exactly what was asked for is a person's, and never asked for again: %s",
    async (card) => {
      const bench = await asking();
      bench.device.present(card);
      await until(bench, () => expect(bench.events.at(-1)?.kind).toBe("closed"));
      await until(bench, () => expect(bench.device.isIdle).toBe(true));
      bench.wait(5_000);
      expect(bench.events).toMatchObject([
        { kind: "failed", code: "unclear" },
        { kind: "closed", settlement: { kind: "unknown", why: expect.stringMatching(/terminal's journal/) } },
      ]);
      expect(bench.device.asked).toBeNull();
      expect(bench.device.authorisations).toBe(1);
    },
  );

  it.each(["good_aborted", "good_untold"] satisfies Card[])(
    "is looked up where its end says two things: %s",
    async (card) => {
      const bench = await asking();
      bench.device.present(card);
      await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
      expect(bench.device.authorisations).toBe(1);
    },
  );

  it("is asked about again when the terminal is too busy to repeat its receipt", async () => {
    const bench = await asking();
    bench.device.refusals = 2;
    bench.device.present("good_cut_before");
    await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
    expect(bench.device.authorisations).toBe(1);
  });

  it.each([
    ["refuses to repeat its receipt", (device: ZvtTerminalDevice) => (device.refusals = Number.POSITIVE_INFINITY)],
    ["is new and had none before", (device: ZvtTerminalDevice) => (device.last = null)],
  ])("is left to a person when the terminal %s", async (_title, prepare) => {
    const bench = await wire();
    prepare(bench.device);
    await until(bench, () => expect(bench.port.health().connected).toBe(true));
    bench.port.request({ requestId: "p1", amount });
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    bench.device.present("good_cut_before");
    await until(bench, () => expect(outcomes(bench)).toEqual(["failed", "closed"]));
    expect(bench.device.authorisations).toBe(1);
  });

  it("is not taken from an old receipt of a terminal that was busy when we came", async () => {
    const bench = await wire();
    bench.device.last = { trace: 4_711, amountMinor: amount.amountMinor, reversed: null };
    bench.device.refusals = 1;
    await until(bench, () => expect(bench.port.health().connected).toBe(true));
    bench.port.request({ requestId: "p1", amount });
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    bench.device.present("cut");
    await until(bench, () => expect(outcomes(bench)).toEqual(["failed", "closed"]));
    expect(bench.device.paid).toEqual([]);
  });

  it("ends after as many declined cards as the site allows", async () => {
    const bench = await asking({ tries: 2 });
    bench.device.present("bad");
    await until(bench, () => expect(bench.device.asked).toEqual(amount));
    bench.device.present("bad");
    await until(bench, () => expect(outcomes(bench)).toEqual(["declined", "declined", "cancelled"]));
  });

  it("counts when it was approved just before it was taken back", async () => {
    const bench = await asking();
    bench.device.present("good");
    bench.port.cancel("p1");
    await until(bench, () => expect(outcomes(bench)).toEqual(["approved"]));
  });
});

describe("a ZVT terminal", () => {
  it("says that its password is wrong", async () => {
    const bench = await wire({ password: "123456" });
    await until(bench, () => expect(bench.port.health().lastFault?.message).toMatch(/refuses to register \(code 83\)/));
    expect(bench.port.health().connected).toBe(false);
  });

  it("refuses another currency before the driver is asked", async () => {
    const bench = await wire();
    await until(bench, () => expect(bench.port.health().connected).toBe(true));
    const refused = bench.port.request({ requestId: "p1", amount: { amountMinor: 1, currency: "CHF" } });
    expect(refused).toEqual({ ok: false, error: "not_connected" });
    expect(bench.port.health().lastFault?.code).toBe("wrong_currency");
  });
});
