import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";

const run = promisify(execFile);
const CONFIG = fileURLToPath(new URL("../../../../firmware-configs/broker/mosquitto.conf", import.meta.url));
const INSTALL_MAX_MS = 3 * MINUTE_MS;
/** Debian keeps it where only root's PATH looks. */
const PATH = `${process.env.PATH ?? ""}:/usr/sbin`;

/** Mosquitto with our configuration, over the lists that a hub writes. */
export interface Mosquitto {
  /** Starts it and resolves when it listens. `change` edits the configuration. */
  start(change?: (config: string) => string): Promise<void>;
  /** Makes it read its lists anew; resolves when it has. */
  reload(): Promise<void>;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/** Whether Mosquitto is there; root on Debian gets it. Says why not. */
export async function haveMosquitto(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
  if (await answers()) return { ok: true };
  if (process.getuid?.() !== 0) return { ok: false, why: "Mosquitto is not installed (apt-get install mosquitto)" };
  const options = { timeout: INSTALL_MAX_MS, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  try {
    await run("apt-get", ["update", "-qq"], options);
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "mosquitto"], options);
  } catch {
    return { ok: false, why: "Mosquitto can't be installed here" };
  }
  return (await answers()) ? { ok: true } : { ok: false, why: "Mosquitto does not start here" };
}

async function answers(): Promise<boolean> {
  // It prints its help with an exit code of 3.
  const failure = await run("mosquitto", ["-h"], { env: { PATH } }).then(
    () => null,
    (error: { code?: unknown }) => error,
  );
  return failure === null || failure.code !== "ENOENT";
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** `folder`: where the hub writes its lists; `scratch`: for the configuration. */
export function createMosquitto({
  port,
  folder,
  scratch,
}: {
  readonly port: number;
  readonly folder: string;
  readonly scratch: string;
}): Mosquitto {
  let child: ChildProcess | null = null;
  let log = "";
  const waitFor = async (text: string, after: number): Promise<void> => {
    while (!log.slice(after).includes(text)) {
      if (child === null || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`Mosquitto has ended:\n${log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    start: async (change = (config) => config) => {
      const config = (await readFile(CONFIG, "utf8"))
        .replaceAll("/etc/mosquitto/gatehouse/", `${folder}/`)
        .replace("listener 8883", `listener ${port} 127.0.0.1`);
      const path = join(scratch, `mosquitto-${port}.conf`);
      await mkdir(scratch, { recursive: true });
      // As root it would change to a user who can't read the hub's folder.
      await writeFile(path, `${change(config)}\nuser root\n`);
      const after = log.length;
      child = spawn("mosquitto", ["-v", "-c", path], { stdio: ["ignore", "ignore", "pipe"], env: { PATH } });
      child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString("utf8")));
      await waitFor(" running", after);
    },
    reload: async () => {
      const after = log.length;
      child?.kill("SIGHUP");
      // It says so before it reads them, and does nothing else in between.
      await waitFor("Reloading config", after);
    },
    kill: async (signal) => {
      const dying = child;
      child = null;
      if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => dying.once("exit", () => resolve()));
      dying.kill(signal);
      await ended;
    },
  };
}
