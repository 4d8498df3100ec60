import type { DeviceProfiles } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { RelayBoardProfile } from "@gatehouse/shared/contracts/config/profiles/relay-board.ts";
import type { GpioBoard, ModbusBoard, SiteBoard } from "@gatehouse/shared/contracts/config/site/boards.ts";
import { type BoardUse, boardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import type { Wiring } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { BoardPort } from "../ports/board/board-port.ts";
import type { LaneDevices } from "../ports/lane-devices.ts";
import type { ButtonName } from "../ports/reader/reader-port.ts";
import type { ModbusBusOptions } from "./modbus/modbus-bus.ts";
import { SerialLoopBoard } from "./serial/serial-loop-board.ts";
import { IoServer } from "./sim/io-server.ts";
import { watchButtons } from "./wired/wired-buttons.ts";
import { wiredLane } from "./wired/wired-lane.ts";

/** What a site says of its devices; plain data, so that it can be handed to a thread. */
export interface DeviceSite {
  readonly boards: readonly SiteBoard[];
  readonly lanes: readonly { readonly id: Uuid; readonly code: string; readonly wiring: Wiring }[];
  readonly profiles: Pick<DeviceProfiles, "relay_board">;
}

export interface OpenDevicesOptions {
  /** Id of this start of the agent, for the clients of simulated devices. */
  readonly boot: Uuid;
  readonly site: DeviceSite;
  readonly clock: Clock;
  readonly random: Random;
}

export interface OpenedDevices {
  readonly lanes: ReadonlyMap<Uuid, LaneDevices>;
  /** The socket of the lanes with simulated wiring; it listens when it is told to. Null when the site has no such lane. */
  readonly sim: IoServer | null;
  /** Every board that a lane uses. */
  readonly boards: readonly BoardPort[];
  /** Tells each press of a push button that is wired to a board. */
  onPress(listener: (laneId: Uuid, button: ButtonName) => void): void;
  /** Outputs off, then everything is let go. */
  close(): Promise<void>;
}

/**
 * Opens the boards of a site, each once, and puts the devices of its lanes together. A board that is not there now is no
 * error: its lanes see a hazard until it is back. Rejects with `GatehouseError` `bad_config` when the site names a profile
 * that isn't among the given ones.
 */
export async function openDevices({ boot, site, clock, random }: OpenDevicesOptions): Promise<OpenedDevices> {
  const simulated = site.lanes.filter(({ wiring }) => wiring.driver === "sim");
  const sim = simulated.length > 0 ? new IoServer({ boot, lanes: simulated, clock }) : null;
  const boards = await openBoards(site, { clock, random });
  const byName = new Map(boards.map((board) => [board.id, board]));
  const lanes = new Map<Uuid, LaneDevices>(sim?.lanes);
  for (const { id, wiring } of site.lanes)
    if (wiring.driver === "wired") lanes.set(id, wiredLane({ wiring, boards: byName, clock }));
  return {
    lanes,
    sim,
    boards,
    onPress(listener) {
      for (const { id, wiring } of site.lanes)
        if (wiring.driver === "wired")
          watchButtons({ wiring, boards: byName, clock, press: (button) => listener(id, button) });
    },
    async close() {
      await Promise.all([...boards.map((board) => board.close()), sim?.close()]);
    },
  };
}

/** Boards that no lane uses are left alone. */
async function openBoards(site: DeviceSite, kit: { clock: Clock; random: Random }): Promise<readonly BoardPort[]> {
  const used = site.boards
    .map((board) => ({ board, use: boardUse(board.id, site.lanes) }))
    .filter(({ use }) => use.outputs.length + use.inputs.length > 0);
  const gpio = used.flatMap(({ board, use }) => (board.driver === "gpio" ? [{ board, use }] : []));
  const modbus = used.flatMap(({ board, use }) =>
    board.driver === "modbus_tcp" || board.driver === "modbus_rtu" ? [{ board, use }] : [],
  );
  const detectors = used.flatMap(({ board, use }) => (board.driver === "serial_loop" ? [{ board, use }] : []));
  const profiles = site.profiles.relay_board;
  return [
    ...(await openGpio(gpio, kit.clock)),
    ...(await openModbus(modbus, { ...kit, profiles })),
    ...detectors.map(({ board, use }) => new SerialLoopBoard({ config: board, inputs: use.inputs, ...kit })),
  ];
}

interface Used<Board> {
  readonly board: Board;
  readonly use: BoardUse;
}

/** Loaded only where a lot has such boards: no other machine needs what they need. */
async function openGpio(boards: readonly Used<GpioBoard>[], clock: Clock): Promise<readonly BoardPort[]> {
  if (boards.length === 0) return [];
  const { openGpioBoard } = await import("./gpio/open-gpio-board.ts");
  return boards.map(({ board, use }) => openGpioBoard({ config: board, ...use, clock }));
}

async function openModbus(
  boards: readonly Used<ModbusBoard>[],
  { clock, random, profiles }: { clock: Clock; random: Random; profiles: Readonly<Record<string, RelayBoardProfile>> },
): Promise<readonly BoardPort[]> {
  if (boards.length === 0) return [];
  const { ModbusBus } = await import("./modbus/modbus-bus.ts");
  const lines = new Map<string, Used<ModbusBoard>[]>();
  for (const one of boards) {
    const line = lineName(one.board);
    lines.set(line, [...(lines.get(line) ?? []), one]);
  }
  const buses = await Promise.all(
    [...lines.values()].map(async (members) => {
      const setups = members.map(({ board, use }) => {
        return { id: board.id, unit: board.unit, profile: profileOf(board, profiles), use };
      });
      const answerMs = Math.max(...setups.map(({ profile }) => profile.answer_ms));
      const line = await openLine(members, { answerMs, clock });
      const options: ModbusBusOptions = { line, boards: setups, clock, random };
      return new ModbusBus(options);
    }),
  );
  return buses.flatMap((bus) => bus.boards);
}

/** Boards with the same line share it: an RS-485 bus, or a gateway with several units behind it. */
function lineName(board: ModbusBoard): string {
  return board.driver === "modbus_tcp" ? `${board.host}:${board.port}` : board.path;
}

async function openLine(
  [first]: readonly Used<ModbusBoard>[],
  { answerMs, clock }: { readonly answerMs: number; readonly clock: Clock },
): Promise<ModbusBusOptions["line"]> {
  if (!first) throw new RangeError("A line without boards.");
  const { board } = first;
  switch (board.driver) {
    case "modbus_tcp": {
      const { tcpLine } = await import("./modbus/tcp-line.ts");
      return tcpLine({ host: board.host, port: board.port, answerMs, clock });
    }
    case "modbus_rtu": {
      const { serialLine } = await import("./modbus/serial-line.ts");
      return serialLine({ path: board.path, baud: board.baud, parity: board.parity, answerMs, clock });
    }
  }
}

function profileOf(
  { id, profile }: ModbusBoard,
  profiles: Readonly<Record<string, RelayBoardProfile>>,
): RelayBoardProfile {
  const found = profiles[profile];
  if (found) return found;
  throw new GatehouseError(
    "bad_config",
    `Board ${id} has the profile ${profile}, which is not among the device profiles.`,
  );
}
