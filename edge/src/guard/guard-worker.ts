import { parentPort, workerData } from "node:worker_threads";
import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { IoServer } from "../drivers/sim/io-server.ts";
import { GuardLoop } from "./guard-loop.ts";
import type { FromGuard, GuardSetup, ToGuard } from "./messages.ts";
import { processClock } from "./process-clock.ts";

/* The guard thread: drivers and guard reducers of all lanes, away from everything that may block the main thread. */

if (!parentPort) throw new Error("guard-worker.ts runs as a worker thread of the agent only.");
const port = parentPort;
const setup = workerData as GuardSetup;

function tell(message: FromGuard): void {
  port.postMessage(message);
}

async function start(): Promise<void> {
  const clock = processClock();
  const sim = new IoServer({ boot: setup.boot, lanes: setup.lanes, clock });
  const lanes = setup.lanes.map((lane) => {
    const devices = sim.lanes.get(lane.id);
    if (!devices) throw new Error(`Lane ${lane.code} has no devices.`);
    return { lane, devices };
  });
  const loop = new GuardLoop({ lanes, clock, report: (laneId, report) => tell({ kind: "lane", laneId, report }) });
  for (const [laneId, { tunnel }] of sim.lanes) tunnel.onInput((input) => tell({ kind: "sim_input", laneId, input }));
  const end = async (): Promise<void> => {
    loop.shutDown();
    await sim.close();
  };
  const stop = async (): Promise<void> => {
    await end();
    port.close();
  };
  port.on("message", (message: ToGuard) => {
    if (message.kind === "lane") loop.command(message.laneId, message.command);
    else if (message.kind === "sim_output") sim.lanes.get(message.laneId)?.tunnel.put(message.output);
    else void stop();
  });
  // The main thread is gone: relays off before anything else.
  port.on("close", () => void end());
  tell({ kind: "ready", listening: setup.ioListen ? await sim.listen(setup.ioListen) : null });
}

start().catch((error: unknown) => {
  tell({ kind: "failed", code: errorCode(error) ?? "guard_failed", message: errorMessage(error) });
  port.close();
});
