import { SimChip } from "@gatehouse/edge/drivers/gpio/testing/sim-chip.ts";
import { GuardThread } from "@gatehouse/edge/guard/guard-thread.ts";
import type { DeviceReport } from "@gatehouse/edge/guard/messages.ts";
import { processMono } from "@gatehouse/edge/guard/process-clock.ts";
import { board } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { wiring } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { later, sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";

const LANE = "00000000-0000-7000-8000-000000000001";
const LINE = { raise: 0, lower: 1, up: 2, down: 3, arming: 4, safety: 5, closing: 6, photoEye: 7, fire: 8 } as const;
const clock = systemClock();
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const at = (channel: number) => ({ board: "chip", channel });

/** A lane on a chip of this kernel under the agent's guard thread; an open contact is high, as with a pull-up. */
async function guardedLane(backend: string): Promise<{ chip: SimChip; guard: GuardThread; seen: DeviceReport[] }> {
  const chip = new SimChip("lane");
  ends.push(() => chip.remove());
  const contact = (line: number, state: "closed" | "open"): void =>
    chip.pull(line, state === "closed" ? "low" : "high");
  // Arm down, nobody in the lane, no alarm.
  for (const line of [LINE.safety, LINE.closing, LINE.photoEye, LINE.fire, LINE.down]) contact(line, "closed");
  for (const line of [LINE.up, LINE.arming]) contact(line, "open");
  const wired = wiring.parse({
    driver: "wired",
    barrier: { raise: at(LINE.raise), lower: at(LINE.lower), limits: { up: at(LINE.up), down: at(LINE.down) } },
    loops: { arming: at(LINE.arming), safety: at(LINE.safety), closing: at(LINE.closing) },
    contacts: { photo_eye: at(LINE.photoEye), fire: at(LINE.fire) },
  });
  const boards = [board.parse({ driver: "gpio", id: "chip", chip: "lane", backend, bias: "external" })];
  // An emulated computer is slow; nothing here measures the rules' times.
  const timings = laneTimings.parse({ fresh_ms: 1_000 });
  const lane = { id: LANE, code: "in-1", timings, protection: protection.parse({}) };
  const guard = new GuardThread({
    setup: {
      boot: "boot",
      lanes: [{ ...lane, driver: "wired", locked: false }],
      devices: { boards, lanes: [{ id: LANE, code: "in-1", wiring: wired }], profiles: { relay_board: {} } },
      ioListen: null,
    },
    onLost: (message) => process.stderr.write(`${message}\n`),
  });
  const seen: DeviceReport[] = [];
  guard.onReport((_, report) => seen.push(report));
  await guard.start();
  ends.push(() => guard.stop());
  return { chip, guard, seen };
}

describe.each(["chardev", "sysfs"])("the guard on lines by %s", (backend) => {
  it("raises the arm, lowers it, and turns it round for a vehicle (Verifies: SAFE-04)", async () => {
    const { chip, guard, seen } = await guardedLane(backend);
    expect([chip.isHigh(LINE.raise), chip.isHigh(LINE.lower)]).toEqual([false, false]);
    await sleep(clock, 2_000);
    chip.pull(LINE.arming, "low");
    guard.send(LANE, { kind: "open", grant: "g1", notAfter: later(processMono(), 10_000) });
    await until(() => chip.isHigh(LINE.raise), "the raise relay");
    chip.pull(LINE.down, "high");
    chip.pull(LINE.up, "low");
    await until(() => seen.some(({ kind }) => kind === "opened"), "opened");
    await until(() => !chip.isHigh(LINE.raise), "the end of the pulse");
    chip.pull(LINE.arming, "high");
    guard.send(LANE, { kind: "keep_open", on: false });
    await sleep(clock, 2_000);
    guard.send(LANE, { kind: "close", record: "r1" });
    await until(() => chip.isHigh(LINE.lower), "the lower relay");
    const hazardAt = processMono();
    chip.pull(LINE.safety, "high");
    await until(() => !chip.isHigh(LINE.lower) && chip.isHigh(LINE.raise), "the reversal");
    process.stdout.write(`reversed ${Math.round(processMono() - hazardAt)} ms after the hazard (emulated computer)\n`);
    expect(seen.some((one) => one.kind === "reversed" && one.cause === "safety")).toBe(true);
  });

  it("raises the arm at a fire alarm, and for a cut wire of it (Verifies: SAFE-07, SAFE-08)", async () => {
    const { chip } = await guardedLane(backend);
    await sleep(clock, 2_000);
    chip.pull(LINE.fire, "high");
    await until(() => chip.isHigh(LINE.raise), "the raise relay");
  });
});

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !holds() && waited < 15_000; waited += 2) await sleep(clock, 2);
  expect(holds(), `waited for ${what}`).toBe(true);
}
