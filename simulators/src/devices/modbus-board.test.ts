import { ModbusBus } from "@gatehouse/edge/drivers/modbus/modbus-bus.ts";
import type { ModbusLine } from "@gatehouse/edge/drivers/modbus/modbus-line.ts";
import { serialLine } from "@gatehouse/edge/drivers/modbus/serial-line.ts";
import { tcpLine } from "@gatehouse/edge/drivers/modbus/tcp-line.ts";
import { type BoardBench, boardConformance } from "@gatehouse/edge/ports/board/conformance.ts";
import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { describe } from "vitest";
import { SimulatedBoard } from "./modbus-board.ts";
import { ModbusSerialServer, ModbusTcpServer } from "./modbus-servers.ts";
import { EIGHT_WITH_PULSE, SIX_IN_REGISTERS } from "./testing/board-profiles.ts";
import { serialLinesMissing } from "./testing/serial-lines.ts";

const UNIT = 3;
const clock = systemClock();

interface Wire {
  readonly line: ModbusLine;
  unplug(): void;
  plug(): void;
  end(): Promise<void>;
}

type MakeWire = (boards: ReadonlyMap<number, SimulatedBoard>) => Promise<Wire>;

const overTcp: MakeWire = async (boards) => {
  const server = new ModbusTcpServer(boards, clock);
  const port = await server.listen();
  return {
    line: tcpLine({ host: "127.0.0.1", port, answerMs: 50, clock }),
    unplug: () => void server.stop(),
    plug: () => void server.listen(),
    end: () => server.stop(),
  };
};

const overSerial: MakeWire = async (boards) => {
  const server = new ModbusSerialServer(boards, clock);
  return {
    line: serialLine({ path: server.path, baud: 115_200, parity: "none", answerMs: 50, clock }),
    unplug: () => server.line.unplug(),
    plug: () => server.line.plug(),
    end: async () => server.line.close(),
  };
};

async function bench(profile: RelayBoardProfile, makeWire: MakeWire): Promise<BoardBench> {
  const board = new SimulatedBoard(profile, clock);
  const wire = await makeWire(new Map([[UNIT, board]]));
  const first = profile.outputs?.first ?? 0;
  const channels = [first, first + 3] as const;
  const use = { outputs: channels, inputs: channels };
  const setup = { id: "test", unit: UNIT, profile, use };
  const bus = new ModbusBus({ line: wire.line, boards: [setup], clock, random: seededRandom(1) });
  const [port] = bus.boards;
  if (!port) throw new Error("The bus has no board.");
  return {
    port,
    out: channels,
    in: channels,
    isOn: (output) => board.isOn(Number(output)),
    setContact: (input, state) => board.setContact(Number(input), state),
    unplug: wire.unplug,
    plug: () => {
      board.restart();
      wire.plug();
    },
    asked: board.asked,
    wait: (ms) => sleep(clock, ms),
    end: async () => {
      await port.close();
      await wire.end();
    },
  };
}

boardConformance("Modbus TCP, pulse in the coil", () => bench(EIGHT_WITH_PULSE, overTcp));
boardConformance("Modbus TCP, pulse in two steps", () => bench(SIX_IN_REGISTERS, overTcp));
const missing = serialLinesMissing();
describe.skipIf(missing !== null)(`over a serial line${missing === null ? "" : ` (${missing})`}`, () => {
  boardConformance("Modbus RTU", () => bench(EIGHT_WITH_PULSE, overSerial));
});
