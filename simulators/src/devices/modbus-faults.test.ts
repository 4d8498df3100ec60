import type { ModbusBoard } from "@gatehouse/edge/drivers/modbus/modbus-board.ts";
import { ModbusBus } from "@gatehouse/edge/drivers/modbus/modbus-bus.ts";
import { COIL_ON, type ModbusLine } from "@gatehouse/edge/drivers/modbus/modbus-line.ts";
import { onRequests } from "@gatehouse/edge/drivers/modbus/profile-requests.ts";
import { serialLine } from "@gatehouse/edge/drivers/modbus/serial-line.ts";
import { tcpLine } from "@gatehouse/edge/drivers/modbus/tcp-line.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { SimulatedBoard } from "./modbus-board.ts";
import { type Heard, ModbusSerialServer, ModbusTcpServer, type ServerMood } from "./modbus-servers.ts";
import { EIGHT_WITH_PULSE, SIX_IN_REGISTERS } from "./testing/board-profiles.ts";
import { serialLinesMissing } from "./testing/serial-lines.ts";

const clock = systemClock();
const USE = { outputs: [1, 2], inputs: [1, 2] };
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Wired {
  readonly boards: readonly ModbusBoard[];
  readonly hardware: readonly SimulatedBoard[];
  readonly server: Server;
}

interface Server {
  mood: ServerMood;
  readonly heard: readonly Heard[];
}

async function overTcp(units: readonly number[]): Promise<Wired> {
  const hardware = new Map(units.map((unit) => [unit, new SimulatedBoard(EIGHT_WITH_PULSE, clock)]));
  const server = new ModbusTcpServer(hardware, clock);
  ending.push(() => server.stop());
  const port = await server.listen();
  return started(tcpLine({ host: "127.0.0.1", port, answerMs: 50, clock }), { units, hardware, server });
}

async function overSerial(units: readonly number[], askFor: readonly number[] = units): Promise<Wired> {
  const hardware = new Map(units.map((unit) => [unit, new SimulatedBoard(EIGHT_WITH_PULSE, clock)]));
  const server = new ModbusSerialServer(hardware, clock);
  ending.push(() => server.line.close());
  const line = serialLine({ path: server.path, baud: 115_200, parity: "none", answerMs: 20, clock });
  return started(line, { units: askFor, hardware, server });
}

function started(
  line: ModbusLine,
  one: { units: readonly number[]; hardware: Map<number, SimulatedBoard>; server: Server },
): Wired {
  const boards = one.units.map((unit) => ({ id: `unit-${unit}`, unit, profile: EIGHT_WITH_PULSE, use: USE }));
  const bus = new ModbusBus({ line, boards, clock, random: seededRandom(1) });
  ending.push(() => Promise.all(bus.boards.map((board) => board.close())));
  return { boards: bus.boards, hardware: [...one.hardware.values()], server: one.server };
}

function recorded(board: ModbusBoard | undefined): string[] {
  const seen: string[] = [];
  board?.watch({
    sample: (name, state) => seen.push(`${name}=${state}`),
    holds: () => seen.push("holds"),
    lost: () => seen.push("lost"),
  });
  return seen;
}

const patience = { timeout: 5_000, interval: 10 };

const missing = serialLinesMissing();
const WITHOUT = missing === null ? "" : ` (${missing})`;
const onSerial = describe.skipIf(missing !== null);

describe.each([["Modbus TCP", overTcp], ...(missing === null ? [["Modbus RTU", overSerial] as const] : [])] as const)(
  "a board on %s that",
  (_name, connect) => {
    it.each<[string, ServerMood, RegExp]>([
      ["is silent", "silent", /does not answer/],
      ["answers in another's name", "wrong_unit", /does not answer|not understood/],
      ["cuts its answers short", "short", /does not answer|not understood/],
      ["sends garbage", "garbage", /does not answer|not understood/],
      ["refuses every request", "refuses", /exception 4.*check the model/],
      ["answers too late", { lateMs: 350 }, /does not answer|not understood/],
    ])("%s is lost, says why, and is back when it is well again", async (_what, mood, why) => {
      const { boards, server, hardware } = await connect([1]);
      const [board] = boards;
      const seen = recorded(board);
      await expect.poll(() => seen.includes("holds"), patience).toBe(true);
      hardware[0]?.setContact(1, "closed");
      await expect.poll(() => seen.includes("1=closed"), patience).toBe(true);
      server.mood = mood;
      await expect.poll(() => seen.at(-1), patience).toBe("lost");
      hardware[0]?.setContact(1, "open"); // What is read from here on must not be a late word from before.
      expect(board?.health()).toEqual({ ok: false, why: expect.stringMatching(why) });
      server.mood = "good";
      await expect.poll(() => seen.at(-1), patience).toBe("holds");
      expect(seen.slice(seen.indexOf("lost"))).toContain("1=open");
      expect(seen.slice(seen.indexOf("lost"))).not.toContain("1=closed");
    });
  },
);

const READ_INPUTS = 2;
const OFF_1 = "0500000000";
const PULSE = /^0502/;

describe.each([["Modbus TCP", overTcp], ...(missing === null ? [["Modbus RTU", overSerial] as const] : [])] as const)(
  "an off on %s",
  (_name, connect) => {
    it("is the next word after a missed answer, before any question (Verifies: SAFE-04)", async () => {
      const { boards, server, hardware } = await connect([1, 2]);
      const [board] = boards;
      await expect.poll(() => boards.every((one) => one.health().ok), patience).toBe(true);
      board?.energise(1, 60_000);
      await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(true);
      let before = Number.POSITIVE_INFINITY;
      const missed = (): void => {
        before = server.heard.length;
        boards[1]?.energise(2, 60_000); // What another board waits for is not before it either.
        board?.release(1);
      };
      server.mood = { deafTo: READ_INPUTS, times: 1, missed };
      await expect.poll(() => server.heard.length > before, patience).toBe(true);
      expect(server.heard[before]).toEqual({ unit: 1, pdu: OFF_1 });
      await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(false);
      await expect.poll(() => hardware[1]?.isOn(2), patience).toBe(true);
    });

    it("is said again until the board confirms it, and another order's echo is no confirmation (Verifies: SAFE-01)", async () => {
      const { boards, server, hardware } = await connect([1]);
      const [board] = boards;
      await expect.poll(() => board?.health().ok, patience).toBe(true);
      board?.energise(1, 60_000);
      await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(true);
      const told: boolean[] = [];
      board?.onSwitched((output, on) => output === 1 && told.push(on));
      await expect.poll(() => told.at(-1), patience).toBe(true);
      told.length = 0;
      server.mood = "others_echo";
      board?.release(1);
      const offs = (): number => server.heard.filter(({ pdu }) => pdu === OFF_1).length;
      const before = offs();
      await expect.poll(offs, patience).toBeGreaterThan(before + 1);
      expect(told).toEqual([]);
      server.mood = "good";
      await expect.poll(() => told.at(-1), patience).toBe(false);
    });

    it("ends the board's own timed pulse (Verifies: SAFE-04, SAFE-11)", async () => {
      const { boards, server, hardware } = await connect([1]);
      const [board] = boards;
      await expect.poll(() => board?.health().ok, patience).toBe(true);
      board?.energise(1, 60_000);
      await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(true);
      expect(server.heard.filter(({ pdu }) => PULSE.test(pdu))).toHaveLength(1);
      board?.release(1);
      await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(false);
    });
  },
);

onSerial(`a board that is not there${WITHOUT}`, () => {
  it("is not waited for when another's output is to go off (Verifies: SAFE-04)", async () => {
    const SILENT_MS = 10_000;
    const hardware = new Map([1, 2].map((unit) => [unit, new SimulatedBoard(EIGHT_WITH_PULSE, clock)]));
    const server = new ModbusSerialServer(hardware, clock);
    ending.push(() => server.line.close());
    // So long an answer is waited for that the test would fail if the line were kept for it.
    const line = serialLine({ path: server.path, baud: 115_200, parity: "none", answerMs: SILENT_MS, clock });
    const { boards } = started(line, { units: [1, 2], hardware, server });
    await expect.poll(() => boards.every((one) => one.health().ok), patience).toBe(true);
    hardware.delete(2);
    const last = (): number | undefined => server.heard.at(-1)?.unit;
    await expect.poll(last, patience).toBe(2);
    const asked = (): number => server.heard.length;
    for (let seen = -1; seen !== asked(); ) {
      seen = asked();
      await sleep(clock, 200); // Until the line is silent: the absent board is waited for.
    }
    const before = server.heard.length;
    boards[0]?.release(1);
    await expect.poll(() => server.heard.length, patience).toBeGreaterThan(before);
    expect(server.heard[before]).toEqual({ unit: 1, pdu: OFF_1 });
  });
});

onSerial(`a board on Modbus RTU that always answers too late${WITHOUT}`, () => {
  it("is never believed: an old answer is not the answer to the next question (Verifies: SAFE-03)", async () => {
    const { boards, server, hardware } = await overSerial([1]);
    const seen = recorded(boards[0]);
    await expect.poll(() => seen.includes("holds"), patience).toBe(true);
    server.mood = { lateMs: 75 };
    await sleep(clock, 100);
    seen.length = 0;
    hardware[0]?.setContact(1, "closed");
    await sleep(clock, 1_000);
    expect(seen.filter((one) => one !== "lost")).toEqual([]);
  });
});

onSerial(`a board on Modbus RTU that says its answers twice${WITHOUT}`, () => {
  it("is not believed what it said before the question (Verifies: SAFE-03)", async () => {
    const hardware = new SimulatedBoard(EIGHT_WITH_PULSE, clock);
    const server = new ModbusSerialServer(new Map([[1, hardware]]), clock);
    ending.push(() => server.line.close());
    const line = serialLine({ path: server.path, baud: 115_200, parity: "none", answerMs: 2_000, clock });
    ending.push(() => line.close());
    expect((await line.open()).ok).toBe(true);
    server.mood = "twice";
    const ask = () => line.request(1, { kind: "read", table: "discrete_input", address: 0, count: 8 });
    expect(await ask()).toMatchObject({ ok: true, value: [0, 0, 0, 0, 0, 0, 0, 0] });
    hardware.setContact(1, "closed");
    await sleep(clock, 100); // All of the first answer has come.
    expect(await ask()).toMatchObject({ ok: true, value: [1, 0, 0, 0, 0, 0, 0, 0] });
  });
});

onSerial(`two boards on one bus${WITHOUT}`, () => {
  it("both answer, and one that is not there costs the other only little", async () => {
    const { boards, hardware } = await overSerial([1], [1, 2]);
    const [one, absent] = boards;
    const seen = recorded(one);
    await expect.poll(() => seen.includes("holds"), patience).toBe(true);
    const why = (): string => JSON.stringify(absent?.health());
    await expect.poll(why, patience).toMatch(/it does not answer/);
    const before = one?.sampledAt() ?? 0;
    hardware[0]?.setContact(2, "closed");
    await expect.poll(() => seen.includes("2=closed"), patience).toBe(true);
    expect(seen).not.toContain("lost");
    expect(one?.sampledAt()).toBeGreaterThan(before);
    expect(one?.energise(1, 500).ok).toBe(true);
    await expect.poll(() => hardware[0]?.isOn(1), patience).toBe(true);
  });
});

describe("a connection to a board that no longer answers", () => {
  it("is reset, so that no order that is still under way arrives later (Verifies: SAFE-16)", async () => {
    const server = new ModbusTcpServer(new Map([[1, new SimulatedBoard(EIGHT_WITH_PULSE, clock)]]), clock);
    ending.push(() => server.stop());
    const line = tcpLine({ host: "127.0.0.1", port: await server.listen(), answerMs: 50, clock });
    expect((await line.open()).ok).toBe(true);
    server.mood = "silent";
    for (const request of onRequests(EIGHT_WITH_PULSE, 1, 400))
      expect(await line.request(1, request)).toMatchObject({ ok: false, error: { kind: "no_answer" } });
    await line.close();
    await expect.poll(() => server.resets, patience).toBe(1);
  });
});

describe("the board's own timed pulse", () => {
  it("lets go when the computer dies in between (Verifies: SAFE-11)", async () => {
    const hardware = new SimulatedBoard(EIGHT_WITH_PULSE, clock);
    const server = new ModbusTcpServer(new Map([[1, hardware]]), clock);
    ending.push(() => server.stop());
    const line = tcpLine({ host: "127.0.0.1", port: await server.listen(), answerMs: 50, clock });
    await line.open();
    for (const request of onRequests(EIGHT_WITH_PULSE, 1, 400)) await line.request(1, request);
    expect(hardware.isOn(1)).toBe(true);
    await line.close(); // Nobody is left to turn it off.
    await expect.poll(() => hardware.isOn(1), patience).toBe(false);
  });

  it("is never longer than what was asked for, and plain where its least would be longer", () => {
    expect(onRequests(EIGHT_WITH_PULSE, 3, 999)).toEqual([{ kind: "write_coil", address: 0x0202, value: 9 }]);
    expect(onRequests(EIGHT_WITH_PULSE, 3, 90)).toEqual([{ kind: "write_coil", address: 2, value: COIL_ON }]);
    expect(onRequests(EIGHT_WITH_PULSE, 3, null)).toEqual([{ kind: "write_coil", address: 2, value: COIL_ON }]);
    expect(onRequests(SIX_IN_REGISTERS, 1, 70_000)).toEqual([
      { kind: "write_registers", address: 66, values: [65_535, 0] },
      { kind: "write_coil", address: 257, value: COIL_ON },
    ]);
  });
});
