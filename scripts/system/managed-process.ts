import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const READY_MAX_MS = 60_000;
const STOP_MAX_MS = 15_000;
const RESTART_DELAY_MS = 1_000;
const RESTARTS_A_MINUTE = 5;
const TAIL_LINES = 15;
const LOG_MODE = 0o600;
const PARENT_WATCH = pathToFileURL(join(import.meta.dirname, "..", "run", "parent-watch.mjs")).href;

export interface ProcessOptions {
  readonly name: string;
  /** Path of the TypeScript file, then its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Everything the process says goes there. */
  readonly logFile: string;
  readonly clock: Clock;
  /** Told when the process ends by itself and is started again; without it a dead process stays dead. */
  readonly onRestart?: (name: string, how: string) => void;
  /** Told when it has ended by itself so often that it is left down. */
  readonly onGivenUp?: (name: string, how: string) => void;
}

/** What a process says in its one line `{"ready":true,...}`. */
export type ReadyLine = Readonly<Record<string, unknown>>;

/** A Node process of the system: started, watched, started again when it dies by itself, stopped. */
export class ManagedProcess {
  readonly #options: ProcessOptions;
  #child: ChildProcess | null = null;
  #logFd: number | null = null;
  /** Where the words of the present run begin in the log file, bytes. */
  #logStart = 0;
  #wanted = false;
  #restartsAt: number[] = [];
  #wasReady = false;
  #nextReady: Promise<ReadyLine> | null = null;

  constructor(options: ProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts the process and resolves with its ready line. Rejects with its last words when it ends before that. */
  start(): Promise<ReadyLine> {
    this.#wanted = true;
    this.#logFd ??= openSync(this.#options.logFile, "a", LOG_MODE);
    this.#nextReady = this.#spawn();
    return this.#nextReady;
  }

  /** Resolves with the ready line of the present run, which may be a restart after a crash. */
  ready(): Promise<ReadyLine> {
    return this.#nextReady ?? Promise.reject(new Error(`${this.name} was not started`));
  }

  /** Ends the process without a chance to clean up, as a power cut does. It stays down until `start`. */
  async killHard(): Promise<void> {
    this.#wanted = false;
    await this.#end("SIGKILL");
  }

  /** Asks the process to finish, and ends it after 15 s if it does not. */
  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#end("SIGTERM");
    if (this.#logFd !== null) closeSync(this.#logFd);
    this.#logFd = null;
  }

  #spawn(): Promise<ReadyLine> {
    const { logFile } = this.#options;
    this.#logStart = statSync(logFile).size;
    const child = this.#fork();
    this.#child = child;
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(READY_MAX_MS, () =>
        reject(this.#failure("did not get ready within a minute")),
      );
      const hear = (line: string): void => {
        if (this.#logFd !== null) writeSync(this.#logFd, `${line}\n`);
        const ready = readyLine(line);
        if (!ready) return;
        timer.cancel();
        this.#wasReady = true;
        resolve(ready);
      };
      if (child.stdout) createInterface({ input: child.stdout }).on("line", hear);
      child.once("close", (code, signal) => {
        timer.cancel();
        const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
        reject(this.#failure(how));
        this.#restart(how);
      });
    });
  }

  /**
   * In a process group of its own, so that a terminal's Ctrl-C reaches only us and we end the parts in order. When we are
   * killed outright, the open channel tells the child, which then ends in order by itself; so its log can't hang on us.
   */
  #fork(): ChildProcess {
    const { command, env } = this.#options;
    return spawn(process.execPath, ["--import", PARENT_WATCH, ...command], {
      env: { ...process.env, ...env, GATEHOUSE_LAUNCHER_PID: String(process.pid) },
      stdio: ["ignore", "pipe", this.#logFd ?? "ignore", "ipc"],
      detached: true,
    });
  }

  #restart(how: string): void {
    // What never ran won't by being tried again; whoever started it is told why.
    if (!this.#wanted || !this.#wasReady) return;
    const { clock, onRestart, onGivenUp } = this.#options;
    const now = clock.mono();
    this.#restartsAt = [...this.#restartsAt.filter((at) => at > now - MINUTE_MS), now];
    if (this.#restartsAt.length > RESTARTS_A_MINUTE || !onRestart) {
      this.#wanted = false;
      onGivenUp?.(this.name, how);
      return;
    }
    onRestart(this.name, how);
    this.#nextReady = sleep(clock, RESTART_DELAY_MS).then(() =>
      this.#wanted ? this.#spawn() : Promise.reject(this.#failure(how)),
    );
    this.#nextReady.catch(() => {});
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.kill(signal);
    const timer = this.#options.clock.after(STOP_MAX_MS, () => child.kill("SIGKILL"));
    await closed;
    timer.cancel();
  }

  #failure(how: string): GatehouseError {
    const said = readFileSync(this.#options.logFile).subarray(this.#logStart).toString().trimEnd().split("\n");
    const words = said
      .slice(-TAIL_LINES)
      .map((line) => `    ${line}`)
      .join("\n");
    return new GatehouseError(
      "process_failed",
      `${this.name} ${how}. Its last words, from ${this.#options.logFile}:\n${words}`,
    );
  }
}

function readyLine(line: string): ReadyLine | null {
  if (!line.startsWith('{"ready":true')) return null;
  return JSON.parse(line) as ReadyLine;
}
