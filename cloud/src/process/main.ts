import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { createLog } from "../observe/log.ts";
import { type Cloud, startCloud } from "./compose.ts";
import { type CloudConfig, readConfig } from "./config.ts";

/** Runs the cloud until SIGTERM or SIGINT. Prints one line on standard output when it is ready. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.GATEHOUSE_LOG_LEVEL);
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
  const cloud = await startCloud(config, log);
  announce(config, cloud);
  const signal = await Promise.race([stopping, cloud.broken.then((reason) => ({ reason }))]);
  log.info({ signal }, "stopping");
  await cloud.stop();
  log.info("stopped");
  if (typeof signal === "object")
    throw new GatehouseError("broken", `The cloud stops: ${signal.reason}. Start it again.`);
}

function announce(config: CloudConfig, cloud: Cloud): void {
  const line = { ready: true, ...cloud.addresses(), roles: config.ROLES, pid: process.pid };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // A refusal of ours is one sentence to act on; anything else needs its place.
  const words = error instanceof GatehouseError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${words}\n`);
  process.exit(1);
}
