import { ModbusBus } from "@gatehouse/edge/drivers/modbus/modbus-bus.ts";
import type { ModbusLine } from "@gatehouse/edge/drivers/modbus/modbus-line.ts";
import { charactersMs, serialLine } from "@gatehouse/edge/drivers/modbus/serial-line.ts";
import { tcpLine } from "@gatehouse/edge/drivers/modbus/tcp-line.ts";
import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { percentile } from "../../scripts/bench/statistics.ts";
import { SimulatedBoard } from "../src/devices/modbus-board.ts";
import { ModbusSerialServer, ModbusTcpServer } from "../src/devices/modbus-servers.ts";
import { EIGHT_WITH_PULSE } from "../src/devices/testing/board-profiles.ts";

export const description = "contact of a hazard to the relay that is off, over Modbus TCP and RS-485 at three speeds";

/** SAFE-04, ms; here from the contact, not from its first sample. */
const LIMIT_MS = 50;
/** A quick board's own time for an answer, ms. */
const ANSWER_MS = 5;
/** Characters of a request, and of request and answer together. */
const [REQUEST, BOTH] = [8, 16];
const PROFILE: RelayBoardProfile = { ...EIGHT_WITH_PULSE, answer_ms: 50 };
const [RELAY, CONTACT] = [1, 1];
/** Longest wait between two obstructions, ms, so that they fall anywhere in a round. */
const PAUSE_MS = 60;
/** Longest wait for one step, ms. */
const PATIENCE_MS = 30_000;

interface Wire {
  readonly name: string;
  readonly boards: number;
  /** Speed, null for TCP. */
  readonly baud: number | null;
  /** Whether such a line holds the limit by docs/wiring.md. */
  readonly holds: boolean;
}

const WIRES: readonly Wire[] = [
  { name: "tcp", boards: 1, baud: null, holds: true },
  ...[115_200, 19_200, 9_600].map((baud) => ({ name: `rtu-${baud}`, boards: 1, baud, holds: baud > 9_600 })),
  { name: "rtu-115200-two-boards", boards: 2, baud: 115_200, holds: true },
];

/**
 * The real driver against simulated boards. A pseudo-terminal has no speed: the boards hold their answers back for as long as
 * the characters of both frames and their own time take, and the figure counts the request's part until the relay moves.
 */
export async function bench(report: Report): Promise<void> {
  const count = report.short ? 30 : 500;
  for (const wire of WIRES) {
    report.progress(`${wire.name}: ${count} obstructions`);
    const times = await measure(wire, count);
    for (const [name, p] of [
      ["p50", 0.5],
      ["p99", 0.99],
      ["p99.9", 0.999],
    ] as const) {
      const value = percentile(times, p);
      const ratio = value / LIMIT_MS;
      const figure = { name: `${wire.name}-off-${name}`, value, unit: "ms", ratio };
      report.figure(wire.holds ? { ...figure, goal: "<=1", ok: ratio <= 1 } : { ...figure, ok: true });
    }
  }
}

async function measure({ baud, boards: boardCount }: Wire, count: number): Promise<readonly number[]> {
  const clock = systemClock();
  const random = seededRandom(1);
  const units = Array.from({ length: boardCount }, (_, at) => at + 1);
  const hardware = new Map(units.map((unit) => [unit, new SimulatedBoard(PROFILE, clock)]));
  const onWireMs = (characters: number): number => (baud === null ? 0 : charactersMs(characters, baud));
  const { line, end } = await connect(hardware, { baud, lateMs: ANSWER_MS + onWireMs(BOTH), clock });
  const use = { outputs: [RELAY], inputs: [CONTACT] };
  const setups = units.map((unit) => ({ id: `unit-${unit}`, unit, profile: PROFILE, use }));
  const bus = new ModbusBus({ line, boards: setups, clock, random });
  const [board, device] = [bus.boards[0], hardware.get(1)];
  if (!board || !device) throw new RangeError("A bench without boards.");
  board.watch({
    sample: (_channel, state) => state === "closed" && board.release(RELAY),
    holds: () => {},
    lost: () => {},
  });
  const until = async (holds: () => boolean): Promise<void> => {
    const giveUpAt = clock.mono() + PATIENCE_MS;
    while (!holds()) {
      if (clock.mono() > giveUpAt) throw new Error("The board did not do as it was told.");
      await sleep(clock, 1);
    }
  };
  const times: number[] = [];
  await until(() => board.health().ok);
  while (times.length < count) {
    await until(() => board.energise(RELAY, 60_000).ok);
    await until(() => device.isOn(RELAY));
    await sleep(clock, randomInt(random, PAUSE_MS / 2, PAUSE_MS));
    const at = clock.mono();
    device.setContact(CONTACT, "closed");
    await until(() => !device.isOn(RELAY));
    times.push(clock.mono() - at + onWireMs(REQUEST) + ANSWER_MS);
    device.setContact(CONTACT, "open");
    await sleep(clock, PAUSE_MS);
  }
  await Promise.all(bus.boards.map((one) => one.close()));
  await end();
  return times;
}

async function connect(
  hardware: ReadonlyMap<number, SimulatedBoard>,
  { baud, lateMs, clock }: { readonly baud: number | null; readonly lateMs: number; readonly clock: Clock },
): Promise<{ readonly line: ModbusLine; readonly end: () => Promise<void> | void }> {
  const answerMs = PROFILE.answer_ms;
  if (baud === null) {
    const server = new ModbusTcpServer(hardware, clock);
    server.mood = { lateMs };
    return {
      line: tcpLine({ host: "127.0.0.1", port: await server.listen(), answerMs, clock }),
      end: () => server.stop(),
    };
  }
  const server = new ModbusSerialServer(hardware, clock);
  server.mood = { lateMs };
  return {
    line: serialLine({ path: server.path, baud, parity: "none", answerMs, clock }),
    end: () => server.line.close(),
  };
}
