import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { runAll, stopAll } from "@gatehouse/shared/kit/lifecycle.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { pino } from "pino";
import { readWorldConfig, wallRateFrom } from "./config.ts";
import { WorldControl } from "./control.ts";
import { readTruth } from "./past.ts";
import { truthLog } from "./truth.ts";
import { World } from "./world.ts";

/**
 * The simulated world as a process: `node main.ts CONFIG.json`. When it runs, it writes one line of JSON to standard
 * output (`ready`, `control_port`, `lots` with the ports of their links); its log goes to standard error. SIGTERM ends it.
 */
async function main(configFile: string | undefined): Promise<void> {
  if (configFile === undefined) throw new TypeError("Name the config file: node main.ts CONFIG.json");
  const config = readWorldConfig(configFile);
  const wallRate = wallRateFrom(process.env.GATEHOUSE_SIM_WALL);
  const log = pino({ name: "world" }, pino.destination(2));
  const truth = truthLog(config.truth_file);
  const past = readTruth(config.truth_file);
  const world = new World({ config, clock: systemClock(wallRate), wallRate: wallRate?.rate ?? 1, truth, past, log });
  const control = new WorldControl({ port: config.control_port, world, truth });
  await runAll([world, control]);
  const stop = (): void => {
    stopAll([world, control]).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const lots = world.ports().map(({ lotId, listenPorts }) => ({ lot_id: lotId, listen_ports: listenPorts }));
  process.stdout.write(`${JSON.stringify({ ready: true, control_port: control.port, lots })}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(`The simulated world can't run: ${errorMessage(error)}\n`);
  process.exit(1);
}

main(process.argv[2]).catch(fail);
