import { parentPort, workerData } from "node:worker_threads";
import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { openDevices } from "../drivers/open-devices.ts";
import { openWatchdog } from "../drivers/watchdog/open-watchdog.ts";
import type { BoardPort } from "../ports/board/board-port.ts";
import { GuardLoop } from "./guard-loop.ts";
import type { FromGuard, GuardSetup, ToGuard } from "./messages.ts";
import { processClock } from "./process-clock.ts";

/* The guard thread: drivers and guard reducers of all lanes, away from everything that may block the main thread. */

if (!parentPort) throw new Error("guard-worker.ts runs as a worker thread of the agent only.");
/** How often the boards are asked how they are, ms. */
const BOARD_WATCH_MS = 1_000;

const port = parentPort;
const setup = workerData as GuardSetup;

function tell(message: FromGuard): void {
  port.postMessage(message);
}

async function start(): Promise<void> {
  const clock = processClock();
  const site = setup.devices ?? allSimulated(setup);
  const opened = await openDevices({ boot: setup.boot, site, clock, random: systemRandom });
  const { sim } = opened;
  const lanes = setup.lanes.map((lane) => {
    const devices = opened.lanes.get(lane.id);
    if (!devices) throw new Error(`Lane ${lane.code} has no devices.`);
    return { lane, devices };
  });
  // After the devices: a lot that can't start must not restart its computer over and over.
  const watchdog = setup.watchdog ? openWatchdog(setup.watchdog, clock) : null;
  const loop = new GuardLoop({
    lanes,
    clock,
    watchdog,
    report: (laneId, report) => tell({ kind: "lane", laneId, report }),
    signals: (laneId, signals) => tell({ kind: "signals", laneId, signals }),
  });
  const boards = watchBoards(opened.boards, clock);
  for (const [laneId, { tunnel }] of sim?.lanes ?? [])
    tunnel.onInput((input) => tell({ kind: "sim_input", laneId, input }));
  opened.onPress((laneId, button) => tell({ kind: "press", laneId, button }));
  const end = async (): Promise<void> => {
    loop.shutDown();
    boards.cancel();
    await opened.close();
    watchdog?.stop();
  };
  const stop = async (): Promise<void> => {
    await loop.rest();
    await end();
    port.close();
  };
  port.on("message", (message: ToGuard) => {
    if (message.kind === "lane") loop.command(message.laneId, message.command);
    else if (message.kind === "sim_output") sim?.lanes.get(message.laneId)?.tunnel.put(message.output);
    else void stop();
  });
  // The main thread is gone: relays off before anything else.
  port.on("close", () => void end());
  tell({ kind: "ready", listening: sim && setup.ioListen ? await sim.listen(setup.ioListen) : null });
}

function allSimulated({ lanes }: GuardSetup): NonNullable<GuardSetup["devices"]> {
  const wiring = { driver: "sim" } as const;
  return { boards: [], lanes: lanes.map(({ id, code }) => ({ id, code, wiring })), profiles: { relay_board: {} } };
}

/** Tells each board once it has been asked, and each time it comes or goes. */
function watchBoards(boards: readonly BoardPort[], clock: Clock): Timer {
  const known = new Map<string, string | null>();
  return clock.every(BOARD_WATCH_MS, () => {
    for (const board of boards) {
      const health = board.health();
      const why = health.ok ? null : health.why;
      if (board.sampledAt() === null || known.get(board.id) === why) continue;
      known.set(board.id, why);
      tell({ kind: "board", board: board.id, why });
    }
  });
}

start().catch((error: unknown) => {
  tell({ kind: "failed", code: errorCode(error) ?? "guard_failed", message: errorMessage(error) });
  port.close();
});
