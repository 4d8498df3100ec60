import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { seededRandom, systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type pg from "pg";
import { pino } from "pino";
import { type Database, openDatabase } from "../../src/db/database.ts";
import { migrateDatabase } from "../../src/db/migrate.ts";
import { startEmbeddedPostgres } from "../../src/db/postgres/embedded-postgres.ts";
import { type SampleOperator, sampleOperator } from "../../src/db/testing/sample-data.ts";
import { createHub } from "../../src/hub/create-hub.ts";
import { enrolTestEdge, type TestIdentity } from "../../src/hub/testing/test-edge.ts";
import { setUpOperator } from "../../src/process/setup.ts";
import { createEnrolmentToken } from "../../src/services/devices/create-enrolment-token.ts";

export interface BenchRig {
  readonly db: Database;
  readonly pool: pg.Pool;
  /** Connection string of its database. */
  readonly url: string;
  /** A folder that Postgres can read. */
  readonly folder: string;
  newEdge(): Promise<{ readonly sample: SampleOperator; readonly identity: TestIdentity }>;
  /** A lot that nothing was written for. */
  newLot(): Promise<SampleOperator>;
  /** All rows that a lot's events have led to. */
  countRows(lotId: string, deviceId: string): Promise<number>;
  stop(): Promise<void>;
}

/** The built-in Postgres with its default durability, and a hub over it. */
export async function startBenchRig(): Promise<BenchRig> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-ingest-"));
  await chmod(folder, 0o711);
  const clock = systemClock();
  const newId = uuidv7Source(clock, systemRandom);
  const postgres = await startEmbeddedPostgres({ dataDir: folder, port: null, clock, random: systemRandom });
  await migrateDatabase(postgres.url);
  const { db, pool, close } = openDatabase({ url: postgres.url, maxConnections: 10 });
  const context = { db, clock, realClock: clock, newId, random: systemRandom };
  const hub = createHub({
    ...context,
    pool,
    databaseUrl: postgres.url,
    log: pino({ level: process.env.GATEHOUSE_BENCH_LOG ?? "error" }),
    dataDir: folder,
    mqtt: { host: "127.0.0.1", port: 0 },
    provisioning: { host: "127.0.0.1", port: 0 },
    publicMqttUrl: null,
    brokerUrl: null,
    serverNames: [],
  });
  await hub.run();
  const seeds = seededRandom(1);
  const newLot = async (): Promise<SampleOperator> => {
    const sample = sampleOperator({ seed: Math.floor(seeds.next() * 2 ** 31) });
    await setUpOperator({ db, clock, newId, data: sample.data });
    return sample;
  };
  return {
    db,
    pool,
    url: postgres.url,
    folder,
    newLot,
    newEdge: async () => {
      const sample = await newLot();
      const { operatorId, lotId } = sample;
      const of = { operatorId, lotId, caFingerprint: hub.caFingerprint(), actor: "bench" };
      const { token } = await createEnrolmentToken(context, of);
      return { sample, identity: await enrolTestEdge({ hub, dataDir: folder, token, serial: "bench" }) };
    },
    countRows: async (lotId, deviceId) => {
      const { rows } = await pool.query<{ count: number }>(
        `SELECT ((SELECT count(*) FROM edge_events WHERE device_id = $2)
               + (SELECT count(*) FROM movements WHERE lot_id = $1)
               + (SELECT count(*) FROM parking_sessions WHERE parking_lot_id = $1)
               + (SELECT count(*) FROM payments WHERE parking_lot_id = $1)
               + (SELECT count(*) FROM event_outbox WHERE lot_id = $1))::int AS count`,
        [lotId, deviceId],
      );
      return rows[0]?.count ?? 0;
    },
    stop: async () => {
      await hub.stop();
      await close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
