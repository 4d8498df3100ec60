import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { buildWeb } from "./start/build-web.ts";
import { holdDataDir } from "./start/hold-data-dir.ts";
import { readStartOptions, START_HELP, type StartOptions } from "./start/options.ts";
import { resetDataDir } from "./start/reset-data-dir.ts";
import { whatToTry } from "./start/what-to-try.ts";
import { launchSystem, type RunningSystem } from "./system/launch.ts";

const clock = systemClock();
const startedAt = clock.mono();

const options = readStartOptions(process.argv.slice(2));
if (options === "help") say(START_HELP);
else if ("wrong" in options) fail(`${options.wrong}\n\n${START_HELP}`, 2);
else await start(options);

async function start(chosen: StartOptions): Promise<void> {
  try {
    const release = await holdDataDir(chosen.dataDir);
    if (chosen.reset) await resetDataDir(chosen.dataDir);
    say(
      `Gatehouse starts with ${chosen.lots} simulated ${chosen.lots === 1 ? "lot" : "lots"}; data in ${chosen.dataDir}`,
    );
    await buildWeb(progress);
    const system = await launchSystem({
      dataDir: chosen.dataDir,
      lots: chosen.lots,
      seed: chosen.seed,
      traffic: chosen.traffic,
      speed: chosen.speed,
      pace: 1,
      faults: true,
      maxArrivals: null,
      firstPort: chosen.port,
      clock,
      onProgress: progress,
      onRestart: (name, how) => say(`  ! ${name} ${how}; it is started again.`),
    });
    say(whatToTry(system));
    stopOnSignal(system, release);
  } catch (error) {
    fail(errorMessage(error), 1);
  }
}

function stopOnSignal(system: RunningSystem, release: () => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    say("\nStopping: world, edges, cloud, database ...");
    system
      .stop()
      .then(release)
      .then(
        () => {
          say("Stopped. The next start goes on from here.");
          process.exit(0);
        },
        (error: unknown) => fail(errorMessage(error), 1),
      );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
}

function progress(text: string): void {
  say(`  ${((clock.mono() - startedAt) / 1_000).toFixed(1).padStart(5)} s  ${text}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string, exitCode: number): never {
  process.stderr.write(`\n${text}\n`);
  process.exit(exitCode);
}
