import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { buildWeb } from "./start/build-web.ts";
import { holdDataDir } from "./start/hold-data-dir.ts";
import { readStartOptions, START_HELP, type StartOptions } from "./start/options.ts";
import { demandOurFolder, resetDataDir } from "./start/reset-data-dir.ts";
import { whatToTry } from "./start/what-to-try.ts";
import { launchSystem, type RunningSystem } from "./system/launch.ts";

const clock = systemClock();
const startedAt = clock.mono();
/** As a shell tells a Ctrl-C: 128 + SIGINT. */
const INTERRUPTED = 130;

const options = readStartOptions(process.argv.slice(2));
if (options === "help") say(START_HELP);
else if ("wrong" in options) fail(`${options.wrong}\n\n${START_HELP}`, 2);
else await start(options);

async function start(chosen: StartOptions): Promise<void> {
  const signal = abortOnSignal();
  let release: (() => Promise<void>) | null = null;
  try {
    release = await holdDataDir(chosen.dataDir);
    await (chosen.reset ? resetDataDir : demandOurFolder)(chosen.dataDir);
    const lots = `${chosen.lots} simulated ${chosen.lots === 1 ? "lot" : "lots"}`;
    say(`Gatehouse starts with ${lots}; data in ${chosen.dataDir}`);
    await buildWeb(progress, signal);
    const system = await launch(chosen, signal);
    say(whatToTry(system));
    await aborted(signal);
    await system.stop();
    await release();
    say("Stopped. The next start goes on from here.");
    process.exit(0);
  } catch (error) {
    await release?.();
    if (signal.aborted && error === signal.reason) fail("Stopped before everything ran.", INTERRUPTED);
    fail(error instanceof GatehouseError ? error.message : `Gatehouse can't run: ${errorMessage(error)}`, 1);
  }
}

function launch({ port, ...chosen }: StartOptions, signal: AbortSignal): Promise<RunningSystem> {
  return launchSystem({
    ...chosen,
    pace: 1,
    faults: true,
    maxArrivals: null,
    firstPort: port,
    clock,
    signal,
    onProgress: progress,
    onRestart: (name, how) => say(`  ! ${name} ${how}; it is started again.`),
    onGivenUp: (name, how) => say(`  ! ${name} ${how}, again and again; it stays down. Its log tells why.`),
  });
}

/** Aborted by the first signal that asks us to end. Later ones don't hurry: each part is given its time, then ended. */
function abortOnSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    say(stopping.signal.aborted ? "Still stopping; give it half a minute at most." : "\nStopping all parts ...");
    stopping.abort();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, stop);
  // A closed terminal takes no words, and that must not keep us from stopping in order.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return stopping.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
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
