import { join } from "node:path";
import { checkSite } from "@gatehouse/edge/config-check/check-site.ts";
import { type DeviceSite, type OpenedDevices, openDevices } from "@gatehouse/edge/drivers/open-devices.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { afterEach, describe, expect, it } from "vitest";
import { SimulatedBoard } from "./modbus-board.ts";
import { ModbusSerialServer } from "./modbus-servers.ts";
import { serialLinesMissing } from "./testing/serial-lines.ts";

const SITE = join(import.meta.dirname, "..", "..", "..", "firmware-configs", "sites", "ticket-lane.yaml");
const BOOT = "00000000-0000-7000-8000-0000000000b0";
const clock = systemClock();
const patience = { timeout: 5_000, interval: 10 };
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Lot {
  readonly site: DeviceSite;
  readonly opened: OpenedDevices;
  /** Boards by their Modbus address. */
  readonly boards: ReadonlyMap<number, SimulatedBoard>;
}

/** The site with two boards on one RS-485 bus, as its file has it, on a pseudo-terminal. */
async function lotOnOneBus(): Promise<Lot> {
  const { good } = await checkSite(SITE);
  if (!good) throw new Error("The site file has errors.");
  const { site, profiles } = good;
  const boards = new Map<number, SimulatedBoard>();
  for (const board of site.boards) {
    if (board.driver !== "modbus_rtu") continue;
    const profile = profiles.relay_board[board.profile];
    if (!profile) throw new Error(`There is no profile ${board.profile}.`);
    boards.set(board.unit, new SimulatedBoard(profile, clock));
  }
  const server = new ModbusSerialServer(boards, clock);
  ending.push(() => server.line.close());
  const moved = site.boards.map((board) => (board.driver === "modbus_rtu" ? { ...board, path: server.path } : board));
  const devices: DeviceSite = { boards: moved, lanes: site.lanes, profiles };
  const opened = await openDevices({ boot: BOOT, site: devices, clock, random: seededRandom(1) });
  ending.push(() => opened.close());
  return { site: devices, opened, boards };
}

const missing = serialLinesMissing();
const onSerial = it.skipIf(missing !== null);

describe(`the devices of a site${missing === null ? "" : ` (${missing})`}`, () => {
  onSerial("share a bus, each lane with its own board", async () => {
    const { site, opened, boards } = await lotOnOneBus();
    expect(opened.sim).toBeNull();
    expect(opened.boards.map(({ id }) => id)).toEqual(["entry-io", "exit-io"]);
    await expect.poll(() => opened.boards.every((board) => board.health().ok), patience).toBe(true);
    const [entry, exit] = site.lanes.map(({ id }) => opened.lanes.get(id));
    const seen: string[] = [];
    exit?.loops.watch({ sample: (name, signal) => seen.push(`${name}=${signal}`), holds: () => {}, lost: () => {} });
    boards.get(2)?.setContact(4, "closed");
    await expect.poll(() => seen.at(-1), patience).toBe("safety=clear");
    expect(entry?.barrier.energise("up", 1_000).ok).toBe(true);
    await expect.poll(() => boards.get(1)?.isOn(1), patience).toBe(true);
    expect([1, 2].map((channel) => boards.get(2)?.isOn(channel))).toEqual([false, false]);
    expect(entry?.sampledAt()).not.toBeNull();
    await opened.close();
    expect(boards.get(1)?.isOn(1)).toBe(false);
  });

  onSerial("want every profile that they name", async () => {
    const { site } = await lotOnOneBus();
    const bare = { ...site, profiles: { relay_board: {} } };
    await expect(openDevices({ boot: BOOT, site: bare, clock, random: seededRandom(1) })).rejects.toMatchObject({
      code: "bad_config",
      message: expect.stringMatching(/Board entry-io has the profile waveshare-modbus-rtu-relay-d/),
    });
  });

  it("of simulated lanes are offered on the socket, and no board is opened", async () => {
    const site: DeviceSite = {
      boards: [],
      lanes: [{ id: BOOT, code: "in-1", wiring: { driver: "sim" } }],
      profiles: { relay_board: {} },
    };
    const opened = await openDevices({ boot: BOOT, site, clock, random: seededRandom(1) });
    ending.push(() => opened.close());
    expect(opened.boards).toEqual([]);
    expect(opened.sim?.lanes.has(BOOT)).toBe(true);
    expect(opened.lanes.has(BOOT)).toBe(true);
  });
});
