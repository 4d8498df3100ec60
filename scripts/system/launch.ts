import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { WallRate } from "@gatehouse/shared/kit/system-clock.ts";
import { type DemoSystem, demoSystem } from "@gatehouse/simulators/world/demo.ts";
import { enrolmentTokenFor, isEnrolled } from "./enrolment.ts";
import { type LotPlaces, layOut, loopbackUrl, namedPorts, type SystemLayout } from "./layout.ts";
import { leftDatabasePort } from "./left-database.ts";
import { ManagedProcess, type ProcessOptions } from "./managed-process.ts";
import { demandFree } from "./ports.ts";
import { demandSameSeed, otherLots, prepareFiles, type WorldChoices } from "./prepare-files.ts";
import { keepWall, resumeWall, wallRateText } from "./wall-anchor.ts";

const KEEP_WALL_EVERY_MS = 5_000;
const ROOT = join(import.meta.dirname, "..", "..");

export interface LaunchOptions extends WorldChoices {
  readonly dataDir: string;
  readonly lots: number;
  /** First of a row of ports; null takes free ones. */
  readonly firstPort: number | null;
  /** How much faster than real time the lots' wall clocks run. */
  readonly speed: number;
  /** The hub has no broker of its own: it and the agents look for one where the hub's would be. */
  readonly ownBroker?: boolean;
  /** More for the environment of a lot's agent. */
  readonly agentEnvironment?: (lot: LotPlaces) => Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Told of each step that is done, in plain words. */
  readonly onProgress: (text: string) => void;
  readonly onRestart?: NonNullable<ProcessOptions["onRestart"]>;
  readonly onGivenUp?: NonNullable<ProcessOptions["onGivenUp"]>;
  /** Ends a launch that is under way: what was started is stopped, then the launch rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** A whole system as processes on this machine: cloud, one agent a lot, the simulated world. */
export interface RunningSystem {
  readonly layout: SystemLayout;
  readonly demo: DemoSystem;
  readonly token: string;
  readonly apiUrl: string;
  readonly worldUrl: string;
  readonly wallRate: WallRate;
  /** What the cloud said when it got ready. */
  readonly cloudReady: Readonly<Record<string, unknown>>;
  readonly cloud: ManagedProcess;
  readonly world: ManagedProcess;
  /** In the order of `layout.lots`. */
  readonly agents: readonly ManagedProcess[];
  stop(): Promise<void>;
}

/** Starts everything in order. On a failure what was started is stopped, and the error says which part and why. */
export async function launchSystem(options: LaunchOptions): Promise<RunningSystem> {
  const demo = demoSystem({ lots: options.lots, seed: options.seed });
  const layout = await layOut(
    options.dataDir,
    demo.lots.map(({ site }) => site.code),
    options.firstPort,
  );
  await demandSameSeed(layout, options.seed);
  await demandFree(await portsToTake(layout), {
    clock: options.clock,
    onWait: () => options.onProgress("Some ports are taken; waiting for them to get free."),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { token } = await prepareFiles(layout, demo, options);
  const idle = await otherLots(layout);
  if (idle.length > 0)
    options.onProgress(`Kept from an earlier start, without an edge in this one: lots ${idle.join(", ")}.`);
  const wallRate = await resumeWall(options.dataDir, options.speed, options.clock);
  const launched = new Launch(options, layout, wallRateText(wallRate));
  const keeping = options.clock.every(
    KEEP_WALL_EVERY_MS,
    () => void keepWall(options.dataDir, wallRate, options.clock, 2 * KEEP_WALL_EVERY_MS).catch(() => {}),
  );
  const stop = async (): Promise<void> => {
    keeping.cancel();
    await launched.stop();
    await keepWall(options.dataDir, wallRate, options.clock, 0);
    await rm(layout.socketDir, { recursive: true, force: true });
  };
  const { signal } = options;
  const giveUp = (): void => void launched.stop();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", giveUp, { once: true });
    const cloudReady = await launched.cloud.start();
    options.onProgress(`The cloud runs, with its database and broker: ${loopbackUrl("http", layout.ports.api)}`);
    signal?.throwIfAborted();
    await launched.world.start();
    options.onProgress("The simulated world runs: vehicles, cameras, barriers, links.");
    for (const [index, lot] of layout.lots.entries()) {
      signal?.throwIfAborted();
      await launched.startAgent(index, token);
      options.onProgress(`The edge of ${demo.lots[index]?.site.name ?? lot.code} runs.`);
    }
    signal?.throwIfAborted();
    signal?.removeEventListener("abort", giveUp);
    return {
      layout,
      demo,
      token,
      apiUrl: loopbackUrl("http", layout.ports.api),
      worldUrl: loopbackUrl("http", layout.ports.world),
      wallRate,
      cloudReady,
      cloud: launched.cloud,
      world: launched.world,
      agents: launched.agents,
      stop,
    };
  } catch (error) {
    await stop();
    signal?.throwIfAborted();
    throw error;
  }
}

/** All ports but that of a database which a killed start left running: the cloud takes it over. */
async function portsToTake(layout: SystemLayout): Promise<Readonly<Record<string, number>>> {
  const left = await leftDatabasePort(layout.cloudDir);
  return Object.fromEntries(Object.entries(namedPorts(layout)).filter(([, port]) => port !== left));
}

class Launch {
  readonly cloud: ManagedProcess;
  readonly world: ManagedProcess;
  readonly agents: ManagedProcess[] = [];
  readonly #options: LaunchOptions;
  readonly #layout: SystemLayout;
  readonly #wall: string;

  constructor(options: LaunchOptions, layout: SystemLayout, wall: string) {
    this.#options = options;
    this.#layout = layout;
    this.#wall = wall;
    this.cloud = this.#process(
      "cloud",
      ["cloud/src/process/main.ts"],
      cloudEnvironment(layout, options.ownBroker ?? false),
    );
    this.world = this.#process("world", ["simulators/src/world/main.ts", layout.worldFile], {});
  }

  async startAgent(index: number, token: string): Promise<void> {
    const lot = this.#layout.lots[index];
    if (!lot) throw new RangeError(`There is no lot ${index}.`);
    const enrolment = (await isEnrolled(lot.dataDir)) ? {} : await this.#enrolment(lot, token);
    const agent = this.#process(`edge-${lot.code}`, ["edge/src/agent/main.ts"], {
      ...agentEnvironment(lot),
      ...this.#options.agentEnvironment?.(lot),
      ...enrolment,
    });
    this.agents[index] = agent;
    await agent.start();
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.cloud.stop();
  }

  async #enrolment(lot: LotPlaces, token: string): Promise<Record<string, string>> {
    const apiUrl = loopbackUrl("http", this.#layout.ports.api);
    return {
      GATEHOUSE_ENROLMENT_TOKEN: await enrolmentTokenFor({ apiUrl, token, lotCode: lot.code }),
      GATEHOUSE_PROVISIONING_URL: loopbackUrl("https", this.#layout.ports.provisioning),
    };
  }

  #process(
    name: string,
    [file = "", ...rest]: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ManagedProcess {
    const { clock, onRestart, onGivenUp } = this.#options;
    return new ManagedProcess({
      name,
      command: [join(ROOT, file), ...rest],
      env: { GATEHOUSE_SIM_WALL: this.#wall, ...env },
      logFile: join(this.#layout.logDir, `${name}.log`),
      clock,
      ...(onRestart === undefined ? {} : { onRestart }),
      ...(onGivenUp === undefined ? {} : { onGivenUp }),
    });
  }
}

function cloudEnvironment({ cloudDir, setupFile, ports }: SystemLayout, ownBroker: boolean): Record<string, string> {
  return {
    ...(ownBroker ? { MQTT_URL: loopbackUrl("mqtts", ports.mqtt) } : {}),
    GATEHOUSE_DATA_DIR: cloudDir,
    GATEHOUSE_SETUP_FILE: setupFile,
    GATEHOUSE_API_PORT: String(ports.api),
    GATEHOUSE_MQTT_PORT: String(ports.mqtt),
    GATEHOUSE_PROVISIONING_PORT: String(ports.provisioning),
    GATEHOUSE_POSTGRES_PORT: String(ports.postgres),
    GATEHOUSE_SIMULATION_URL: loopbackUrl("http", ports.world),
  };
}

function agentEnvironment(lot: LotPlaces): Record<string, string> {
  return {
    GATEHOUSE_SITE: lot.siteFile,
    GATEHOUSE_DATA_DIR: lot.dataDir,
    GATEHOUSE_HTTP_PORT: String(lot.httpPort),
    GATEHOUSE_SOCKET: lot.gateSocket,
    GATEHOUSE_IO_SOCKET: lot.ioSocket,
    GATEHOUSE_MQTT_URL: loopbackUrl("mqtts", lot.linkPort),
    GATEHOUSE_SERIAL: `demo-${lot.code}`,
  };
}
