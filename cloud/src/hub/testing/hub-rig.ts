import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { type Logger, pino } from "pino";
import { type SampleOperator, sampleOperator } from "../../db/testing/sample-data.ts";
import { openTestDatabase, type TestDatabase } from "../../db/testing/test-database.ts";
import { setUpOperator } from "../../process/setup.ts";
import type { DevicesContext } from "../../services/devices/context.ts";
import { createEnrolmentToken } from "../../services/devices/create-enrolment-token.ts";
import { createHub, type Hub, type HubOptions } from "../create-hub.ts";
import { enrolTestEdge, type TestIdentity } from "./test-edge.ts";

export interface HubRig {
  readonly database: TestDatabase;
  readonly dataDir: string;
  readonly context: DevicesContext;
  /** The operator's and lot's ids by seed; each `addOperator` makes another. */
  addOperator(seed: number): Promise<SampleOperator>;
  readonly hub: () => Hub;
  /** Ends the hub as a stop of its process does, and starts another over the same database and folder and port. */
  restartHub(): Promise<void>;
  /** Another hub over the same database and folder, not running yet; the caller stops it. */
  anotherHub(): Hub;
  token(sample: SampleOperator, options?: { serial?: string }): Promise<string>;
  /** Makes a token and enrols an edge with it. */
  enrol(sample: SampleOperator, serial?: string): Promise<TestIdentity>;
  close(): Promise<void>;
}

export interface HubRigOptions {
  readonly realClock?: Clock;
  /** Of an MQTT broker in place of the hub's own. */
  readonly brokerUrl?: string;
  /** Another hub's folder, whose CA it shares; it is left in place. */
  readonly dataDir?: string;
  readonly log?: Logger;
}

/** A hub over a database of its own, with real ports. Only in `*.pg.test.ts`. */
export async function startHubRig(options: HubRigOptions = {}): Promise<HubRig> {
  const database = await openTestDatabase({ maxConnections: 20 });
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "gatehouse-test-hub-")));
  const clock = systemClock();
  const realClock = options.realClock ?? clock;
  const newId = uuidv7Source(clock, systemRandom);
  const context: DevicesContext = { db: database.db, clock, realClock, newId, random: systemRandom };
  const hubOptions = (port: number): HubOptions => ({
    ...context,
    clock,
    pool: database.pool,
    databaseUrl: database.url,
    log: options.log ?? pino({ level: process.env.GATEHOUSE_TEST_LOG ?? "silent" }),
    dataDir,
    mqtt: { host: "127.0.0.1", port },
    provisioning: { host: "127.0.0.1", port: 0 },
    publicMqttUrl: null,
    brokerUrl: options.brokerUrl ?? null,
    serverNames: [],
  });
  let hub = createHub(hubOptions(0));
  await hub.run().catch(async (error: unknown) => {
    await hub.stop();
    await database.close();
    throw error;
  });
  const token: HubRig["token"] = async (sample, { serial } = {}) => {
    const { operatorId, lotId } = sample;
    const of = { operatorId, lotId, caFingerprint: hub.caFingerprint(), actor: "test" };
    return (await createEnrolmentToken(context, serial === undefined ? of : { ...of, serial })).token;
  };
  return {
    database,
    dataDir,
    context,
    addOperator: async (seed) => {
      const sample = sampleOperator({ seed });
      await setUpOperator({ db: database.db, clock, newId, data: sample.data });
      return sample;
    },
    hub: () => hub,
    restartHub: async () => {
      const { port } = hub.addresses().mqtt;
      await hub.stop();
      hub = createHub(hubOptions(port));
      await hub.run();
    },
    anotherHub: () => createHub(hubOptions(0)),
    token,
    enrol: async (sample, serial = "serial-1") => enrolTestEdge({ hub, token: await token(sample), serial, dataDir }),
    close: async () => {
      await hub.stop();
      await database.close();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Looks again and again until `look` finds something, for at most `timeoutMs`. */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>, timeoutMs = 5_000): Promise<T> {
  const clock = systemClock();
  const end = clock.mono() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (clock.mono() > end) throw new Error(`Nothing came within ${timeoutMs} ms`);
    await new Promise<void>((resolve) => clock.after(10, resolve));
  }
}
