import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IoInput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { pino } from "pino";
import { composeAgent } from "../../agent/compose.ts";
import { type AgentConfig, readAgentConfig } from "../../agent/config.ts";
import { IoClient } from "../../drivers/sim/testing/io-client.ts";
import { watchFrame } from "../../local-api/contract.ts";
import type { CommandContext } from "../command-context.ts";
import { connectionTo } from "../connection.ts";

type Unstamped<T> = T extends { t: string } ? Omit<T, "t"> : never;

export const LANE = "in-1";
export const PLAYED_LANE_ID = "01890000-0000-7000-8000-000000000001";

const SECRET = "a long secret of 24 chars";

/** A site file; YAML is a superset of JSON. */
const SITE = {
  lot_id: "01890000-0000-7000-8000-0000000000aa",
  operator_id: "01890000-0000-7000-8000-0000000000bb",
  code: "harbour",
  name: "Harbour Garage",
  time_zone: "Europe/Berlin",
  lanes: [
    {
      id: PLAYED_LANE_ID,
      code: LANE,
      direction: "entry",
      wiring: { driver: "sim" },
      cameras: [{ id: "cam-in-1", format: "generic", secret: SECRET, mapping: { plate: "plate", captured_at: "at" } }],
      timings: { fresh_ms: 1_000, clear_hold_ms: 200 },
    },
  ],
};

/** The wiring of the played lane's arm; `swapped_limits` as an installer does it on a bad day. */
export type ArmWiring = "right" | "swapped_limits" | "dead";

/** A whole agent with one simulated lane whose arm follows its relays, and a command at its socket. */
export interface PlayedLane {
  readonly directory: string;
  readonly config: AgentConfig;
  readonly context: CommandContext;
  /** What the commands wrote. */
  readonly written: string[];
  tell(input: Unstamped<IoInput>): void;
  /** The lane's camera sends a message, with its own secret or another. Resolves with the answer's status. */
  send(message: object, secret?: string): Promise<number>;
  /** Everything at the lane goes silent: inputs and devices. */
  unplug(): void;
  /** Called with each text that a command writes. */
  onWrite(listener: (text: string) => void): void;
  stopAgent(): Promise<void>;
  end(): Promise<void>;
}

/** How long the arm takes from limit to limit, ms; long enough for a person to interrupt it. */
const TRAVEL_MS = 600;
const ALIVE_EVERY_MS = 100;

/**
 * Starts an agent on a temporary directory, with one lane played at its input/output socket, and waits until it knows its inputs.
 * `json` is what `--json` would be. To be ended by `end`.
 */
export async function playedLane(wiring: ArmWiring = "right", json = false): Promise<PlayedLane> {
  const directory = await mkdtemp(join(tmpdir(), "gate-lane-"));
  const clock = systemClock();
  const siteFile = join(directory, "site.yaml");
  await writeFile(siteFile, JSON.stringify(SITE));
  const environment = {
    GATEHOUSE_SITE: siteFile,
    GATEHOUSE_DATA_DIR: join(directory, "data"),
    GATEHOUSE_SOCKET: join(directory, "gate.sock"),
    GATEHOUSE_IO_SOCKET: join(directory, "io.sock"),
    GATEHOUSE_SERIAL: "PI-0001",
  };
  const config: AgentConfig = { ...(await readAgentConfig(environment)), http: { host: "127.0.0.1", port: 0 } };
  const log = pino({ level: "silent" });
  const agent = await composeAgent({ config, clock, random: systemRandom, log, version: "0.1.0" });
  await agent.run();
  const io = new IoClient(config.ioSocketPath);
  const arm = playArm(io, wiring, (delayMs, fire) => clock.after(delayMs, fire));
  arm.rest();
  const alive = clock.every(ALIVE_EVERY_MS, () => io.tell({ kind: "alive" }));
  const written: string[] = [];
  const listeners = new Set<(text: string) => void>();
  const interrupted = new AbortController();
  const context: CommandContext = {
    agent: connectionTo(config.socketPath),
    socketPath: config.socketPath,
    version: "0.1.0",
    json,
    write: (text) => {
      written.push(text);
      for (const listener of listeners) listener(text);
    },
    terminal: {
      isInteractive: false,
      hasColour: false,
      rows: () => 24,
      columns: () => 80,
      ask: () => Promise.reject(new Error("nobody is there")),
      askSecret: () => Promise.reject(new Error("nobody is there")),
      onKey: () => () => {},
      onResize: () => () => {},
    },
    clock,
    random: systemRandom,
    signal: interrupted.signal,
  };
  await untilKnown(context);
  let stopped: Promise<void> | null = null;
  const stopAgent = (): Promise<void> => {
    stopped ??= agent.stop();
    return stopped;
  };
  return {
    directory,
    config,
    context,
    written,
    tell: (input) => io.tell(input),
    send: async (message, secret = SECRET) => {
      const authorization = `Basic ${Buffer.from(`cam-in-1:${secret}`).toString("base64")}`;
      const headers = { authorization, "content-type": "application/json" };
      const url = `http://127.0.0.1:${agent.httpPort()}/lpr/cam-in-1`;
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
      await answer.body?.cancel();
      return answer.status;
    },
    unplug: () => {
      alive.cancel();
      io.end();
    },
    onWrite: (listener) => void listeners.add(listener),
    stopAgent,
    end: async () => {
      interrupted.abort();
      arm.end();
      alive.cancel();
      io.end();
      await stopAgent();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The lane believes an input only after it was clear for its hold time. */
async function untilKnown({ agent, clock }: CommandContext): Promise<void> {
  for (let looks = 0; looks < 200; looks++) {
    const { lanes } = await agent.get("/pictures", watchFrame);
    if (
      lanes.every(
        ({ signals, hazard, loops }) => signals.arming === "quiet" && loops.arming === "clear" && hazard === null,
      )
    )
      return;
    await sleep(clock, 50);
  }
  throw new Error("The played lane was never clear.");
}

/** The arm: leaves its limit soon after a relay, and arrives after the travel; a new relay turns it round. */
function playArm(
  io: IoClient,
  wiring: ArmWiring,
  after: (delayMs: number, fire: () => void) => { cancel(): void },
): { rest(): void; end(): void } {
  let arriving: { cancel(): void } | null = null;
  let ended = false;
  const limit = (end: "up" | "down", active: boolean): void => {
    const name = wiring === "swapped_limits" ? (end === "up" ? "down" : "up") : end;
    io.tell({ kind: "limit", lane: LANE, name, active });
  };
  const follow = async (): Promise<void> => {
    while (!ended) {
      const { name } = await io.next("relay", ({ on }) => on);
      if (wiring === "dead") continue;
      arriving?.cancel();
      limit(name === "up" ? "down" : "up", false);
      arriving = after(TRAVEL_MS, () => limit(name, true));
    }
  };
  void follow();
  return {
    rest: () => {
      io.tellQuiet(LANE);
      limit("up", false);
      limit("down", true);
    },
    end: () => {
      ended = true;
      arriving?.cancel();
    },
  };
}
