import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { destination, pino } from "pino";
import packageJson from "../../package.json" with { type: "json" };
import { saveCodeCache } from "./code-cache.ts";
import { composeAgent } from "./compose.ts";
import { readAgentConfig } from "./config.ts";

const { version } = packageJson;

async function main(): Promise<void> {
  const config = await readAgentConfig(process.env);
  const clock = systemClock(config.wallRate ?? undefined);
  const log = pino({ level: config.logLevel, base: { lot: config.site.code } }, destination(2));
  const agent = await composeAgent({ config, clock, random: systemRandom, log, version });
  saveCodeCache(version);
  await agent.run();
  process.stdout.write(`${JSON.stringify({ ready: true, lot: config.site.code, http_port: agent.httpPort() })}\n`);

  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "The agent stops once no arm is on its way down; then the barriers stay where they are.");
    agent.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "The agent did not stop cleanly.");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

main().catch((error: unknown) => {
  process.stderr.write(`The agent can't run: ${errorMessage(error)}\n`);
  process.exit(1);
});
