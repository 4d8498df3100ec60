import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { type Clock, sleep } from "@gatehouse/shared/kit/clock.ts";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";

const READY_MAX_MS = 60_000;
const STOP_MAX_MS = 15_000;
const RESTART_DELAY_MS = 1_000;
const RESTARTS_A_MINUTE = 5;
const TAIL_LINES = 15;

export interface ProcessOptions {
  readonly name: string;
  /** Path of the TypeScript file, then its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Everything the process says goes there. */
  readonly logFile: string;
  readonly clock: Clock;
  /** Told when the process ends by itself and is started again. */
  readonly onRestart?: (name: string, how: string) => void;
}

/** What a process says in its one line `{"ready":true,...}`. */
export type ReadyLine = Readonly<Record<string, unknown>>;

/** A Node process of the system: started, watched, started again when it dies by itself, stopped. */
export class ManagedProcess {
  readonly #options: ProcessOptions;
  #child: ChildProcess | null = null;
  #log: WriteStream | null = null;
  #tail: string[] = [];
  #wanted = false;
  #restartsAt: number[] = [];
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
    this.#log ??= createWriteStream(this.#options.logFile, { flags: "a" });
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
    this.#log?.end();
    this.#log = null;
  }

  #spawn(): Promise<ReadyLine> {
    const { command, env } = this.#options;
    const child = spawn(process.execPath, [...command], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(READY_MAX_MS, () =>
        reject(this.#failure("did not get ready within a minute")),
      );
      const hear = (line: string): void => {
        this.#keep(line);
        const ready = readyLine(line);
        if (!ready) return;
        timer.cancel();
        resolve(ready);
      };
      createInterface({ input: child.stdout }).on("line", hear);
      createInterface({ input: child.stderr }).on("line", (line) => this.#keep(line));
      child.once("close", (code, signal) => {
        timer.cancel();
        const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
        reject(this.#failure(how));
        this.#restart(how);
      });
    });
  }

  #restart(how: string): void {
    if (!this.#wanted) return;
    const { clock, onRestart } = this.#options;
    const now = clock.mono();
    this.#restartsAt = [...this.#restartsAt.filter((at) => at > now - MINUTE_MS), now];
    if (this.#restartsAt.length > RESTARTS_A_MINUTE || !onRestart) {
      this.#wanted = false;
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

  #keep(line: string): void {
    this.#log?.write(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }

  #failure(how: string): GatehouseError {
    const words = this.#tail.map((line) => `    ${line}`).join("\n");
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
