import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSite } from "@gatehouse/edge/agent/config.ts";
import {
  loadReplica,
  lotItem,
  permitItem,
  samplePermit,
  samplePolicy,
  tariffItem,
} from "@gatehouse/edge/decision/testing/lot-sample.ts";
import { openStore } from "@gatehouse/edge/store/open-store.ts";
import { isPushed, type PushedCamera } from "@gatehouse/shared/contracts/config/site/camera.ts";
import { type Site, type SiteLane, site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import { type Clock, wallMs } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { ManagedProcess } from "../../../scripts/system/managed-process.ts";
import { LaneStage } from "./faults-lane.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const EXAMPLE = join(ROOT, "firmware-configs", "sites", "example.yaml");
const LOG = { info: () => {}, warn: () => {}, error: () => {} };

/** A plate with a permit in the replica that `prepareStore` puts in force. */
export const PERMITTED = "BGH1000";

export interface LoneAgentOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly env?: Readonly<Record<string, string>>;
  /** The site it runs; the example with two simulated lanes when left out. */
  readonly site?: Site;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An agent as a process of its own, without a cloud, with simulated hardware at its lanes. */
export class LoneAgent {
  readonly site: Site;
  readonly dataDir: string;
  readonly process: ManagedProcess;
  readonly stages: ReadonlyMap<string, LaneStage>;
  readonly #socket: string;
  readonly ioSocket: string;
  readonly #logFile: string;
  #httpPort = 0;

  constructor(site: Site, { directory, clock, env = {} }: LoneAgentOptions) {
    this.site = site;
    this.dataDir = join(directory, "data");
    this.#socket = join(directory, "gate.sock");
    this.#logFile = join(directory, "agent.log");
    this.ioSocket = join(directory, "io.sock");
    this.process = new ManagedProcess({
      name: "agent",
      command: [join(ROOT, "edge/src/agent/main.ts")],
      env: {
        GATEHOUSE_SITE: join(directory, "site.yaml"),
        GATEHOUSE_DATA_DIR: this.dataDir,
        GATEHOUSE_HTTP_PORT: "0",
        GATEHOUSE_SOCKET: this.#socket,
        GATEHOUSE_IO_SOCKET: this.ioSocket,
        ...env,
      },
      logFile: this.#logFile,
      clock,
    });
    this.stages = new Map(
      site.lanes
        .filter(({ wiring }) => wiring.driver === "sim")
        .map(({ code }) => [code, new LaneStage({ lane: code, ioSocket: this.ioSocket, clock })]),
    );
  }

  /** Starts the agent and leaves its lanes to others. */
  async startProcess(): Promise<void> {
    const ready = await this.process.start();
    this.#httpPort = Number(ready.http_port);
  }

  async start(): Promise<void> {
    await this.startProcess();
    for (const stage of this.stages.values()) await stage.run();
  }

  async stop(): Promise<void> {
    for (const stage of this.stages.values()) await stage.stop();
    await this.process.stop();
  }

  /** What the agent has logged so far. */
  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  stage(lane: string): LaneStage {
    const stage = this.stages.get(lane);
    if (!stage) throw new RangeError(`There is no lane ${lane}.`);
    return stage;
  }

  /** Posts to the endpoint of a lane's camera, with its secret unless another is given. */
  async post(
    lane: string,
    body: string | Uint8Array<ArrayBuffer>,
    init: { contentType?: string; secret?: string } = {},
  ): Promise<Response> {
    const camera = cameraOf(this.site, lane);
    const secret = Buffer.from(`${camera.id}:${init.secret ?? camera.secret}`).toString("base64");
    return fetch(`http://127.0.0.1:${this.#httpPort}/lpr/${camera.id}`, {
      method: "POST",
      headers: { "content-type": init.contentType ?? "application/json", authorization: `Basic ${secret}` },
      body,
    });
  }

  /** The camera of the lane reads a plate; resolves with what the lane made of it. */
  async read(lane: string, plate: string, eventId?: string): Promise<readonly string[]> {
    const response = await this.post(
      lane,
      JSON.stringify({ plate, confidence: 0.97, ...(eventId && { event_id: eventId }) }),
    );
    const { reads } = (await response.json()) as { reads: readonly string[] };
    return reads;
  }

  /** Runs the `gate` command against this agent. */
  gate(...words: readonly string[]): Promise<Outcome> {
    const command = [join(ROOT, "edge/src/cli/main.ts"), "--socket", this.#socket, ...words];
    return new Promise((resolve) =>
      execFile(process.execPath, command, { timeout: 20_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      ),
    );
  }

  async gateJson(...words: readonly string[]): Promise<unknown> {
    return JSON.parse((await this.gate(...words, "--json")).out);
  }
}

/** An agent on the example site, every camera in the generic format; its store holds a replica when `policy` is given. */
export async function loneAgent(options: LoneAgentOptions, policy: Partial<LotPolicy> | null = {}): Promise<LoneAgent> {
  const site = options.site ?? (await exampleSite());
  mkdirSync(options.directory, { recursive: true });
  writeFileSync(join(options.directory, "site.yaml"), JSON.stringify(site));
  const agent = new LoneAgent(site, options);
  if (policy !== null) await prepareStore(agent, options.clock, policy);
  return agent;
}

/** The example site, as a busy test machine can run it. */
export async function exampleSite(): Promise<Site> {
  const example = await readSite(EXAMPLE);
  const lanes = example.lanes.map((lane) => ({
    ...lane,
    // A busy test machine must not look like a cut wire.
    timings: { ...lane.timings, fresh_ms: 1_000 },
    cameras: lane.cameras.filter(isPushed).map(({ id, secret }) => ({ id, secret, format: "generic" })),
  }));
  return siteSchema.parse({ ...example, lanes });
}

/** Puts a replica in force, as if the cloud had been there yesterday. */
async function prepareStore({ site, dataDir }: LoneAgent, clock: Clock, policy: Partial<LotPolicy>): Promise<void> {
  const newId = uuidv7Source(clock, systemRandom);
  const now = wallMs(Date.UTC(2026, 10, 20, 8));
  const yesterday: Clock = { ...clock, wall: () => now };
  const store = openStore({ directory: dataDir, clock: yesterday, newId, clockQuality: () => "synced", log: LOG });
  const lanes = site.lanes.map((lane) => ({
    lane_id: lane.id,
    code: lane.code,
    name: lane.code,
    direction: directionOf(lane),
    area: null,
    outer_area: null,
  }));
  const lot = samplePolicy({ lot_id: site.lot_id, exit_without_session: "open", ...policy, lanes });
  const permit = samplePermit("p-1000", PERMITTED, { max_concurrent: 1_000 });
  await loadReplica(store, [lotItem(lot), tariffItem(), permitItem(permit)]);
  await store.close();
}

function directionOf({ direction }: SiteLane): "entry" | "exit" {
  return direction === "exit" ? "exit" : "entry";
}

function cameraOf(site: Site, lane: string): PushedCamera {
  const camera = site.lanes.find(({ code }) => code === lane)?.cameras.find(isPushed);
  if (!camera) throw new RangeError(`Lane ${lane} has no camera.`);
  return camera;
}
