import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { type NewId, uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { runAll, type Service, stopAll } from "@gatehouse/shared/kit/lifecycle.ts";
import { type Random, systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { ApiOptions } from "../api/api-env.ts";
import { type ApiServer, createApiServer } from "../api/api-server.ts";
import { createApp } from "../api/app.ts";
import { createAuthenticator } from "../api/http/authenticate.ts";
import { type OpenDatabase, openDatabase } from "../db/database.ts";
import { migrateDatabase } from "../db/migrate.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../db/postgres/embedded-postgres.ts";
import { createPostgresBus } from "../events/postgres/postgres-bus.ts";
import { createHub, type Hub } from "../hub/create-hub.ts";
import { createRetention } from "../jobs/retention.ts";
import { createRealtime } from "../realtime/create-realtime.ts";
import { spotAllocation } from "../services/spots/spot-allocation.ts";
import type { CloudConfig } from "./config.ts";
import { databaseFailing } from "./database-failing.ts";
import { applySetupFile } from "./setup-file.ts";

const BUILT_WEB = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** The addresses of a running cloud, as the ready line tells them. */
export interface CloudAddresses {
  readonly api?: string;
  readonly mqtt?: string;
  readonly provisioning?: string;
  readonly postgres_port?: number;
}

export interface Cloud {
  addresses(): CloudAddresses;
  /** Resolves when a part is gone that the rest can't do without: the process has to be started anew. */
  readonly broken: Promise<string>;
  /** Takes nothing new, ends what is in hand, and stops all parts; the database last. */
  stop(): Promise<void>;
}

interface Base {
  readonly config: CloudConfig;
  readonly log: Logger;
  /** Wall time of the lots' world. */
  readonly clock: Clock;
  /** The machine's own time. */
  readonly realClock: Clock;
  readonly random: Random;
  readonly newId: NewId;
}

interface Stored extends Base {
  readonly database: OpenDatabase;
  readonly databaseUrl: string;
}

/** Builds the parts that the roles name and runs them, in order; when one fails, those that run are stopped again. */
export async function startCloud(config: CloudConfig, log: Logger): Promise<Cloud> {
  const realClock = systemClock();
  const clock = config.GATEHOUSE_SIM_WALL ? systemClock(config.GATEHOUSE_SIM_WALL) : realClock;
  const base = { config, log, clock, realClock, random: systemRandom, newId: uuidv7Source(clock, systemRandom) };
  await mkdir(config.GATEHOUSE_DATA_DIR, { recursive: true });
  const postgres = await startDatabase(base);
  const databaseUrl = config.DATABASE_URL ?? postgres?.url ?? "";
  const database = openDatabase({
    url: databaseUrl,
    maxConnections: config.GATEHOUSE_DATABASE_CONNECTIONS,
    onError: (error) => log.warn({ err: error }, "a database connection broke"),
  });
  const closeDatabase = async (): Promise<void> => {
    await database.close();
    await postgres?.stop();
  };
  try {
    await migrateDatabase(databaseUrl);
    const stored: Stored = { ...base, database, databaseUrl };
    await applySetupFile({ ...stored, db: database.db, file: config.GATEHOUSE_SETUP_FILE ?? null });
    return await startParts(stored, postgres, closeDatabase);
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}

async function startDatabase({ config, log, realClock, random }: Base): Promise<EmbeddedPostgres | null> {
  if (config.DATABASE_URL !== undefined) return null;
  const wanted = config.GATEHOUSE_POSTGRES_PORT;
  const options = { dataDir: config.GATEHOUSE_DATA_DIR, port: wanted === 0 ? null : wanted, clock: realClock, random };
  const postgres = await startEmbeddedPostgres(options);
  log.info({ port: postgres.port, adopted: postgres.adopted }, "the built-in database runs");
  return postgres;
}

async function startParts(
  stored: Stored,
  postgres: EmbeddedPostgres | null,
  closeDatabase: () => Promise<void>,
): Promise<Cloud> {
  const { ROLES: roles } = stored.config;
  const hub = roles.includes("hub") ? buildHub(stored) : null;
  const api = roles.includes("api") ? buildApi(stored, hub) : null;
  const worker = roles.includes("worker") ? buildWorker(stored) : [];
  const services = [...worker, ...(hub ? [hub] : []), ...(api?.services ?? [])];
  await runAll(services);
  return {
    broken: postgres ? postgres.ended.then(() => "the built-in database has ended") : new Promise(() => undefined),
    addresses: () => ({
      ...(api ? { api: urlOf("http", api.server.address()) } : {}),
      ...(hub
        ? { mqtt: urlOf("mqtts", hub.addresses().mqtt), provisioning: urlOf("https", hub.addresses().provisioning) }
        : {}),
      ...(postgres ? { postgres_port: postgres.port } : {}),
    }),
    stop: async () => {
      const failures: unknown[] = [];
      const keep = (error: unknown): void => void failures.push(error);
      for (const service of [...services].reverse()) await service.drain().catch(keep);
      await stopAll(services).catch(keep);
      await closeDatabase().catch(keep);
      for (const error of failures) stored.log.error({ err: error }, "a part did not stop in order");
    },
  };
}

function buildHub({ config, databaseUrl, database, ...base }: Stored): Hub {
  return createHub({
    ...base,
    db: database.db,
    pool: database.pool,
    databaseUrl,
    dataDir: config.GATEHOUSE_DATA_DIR,
    mqtt: { host: config.GATEHOUSE_MQTT_HOST, port: config.GATEHOUSE_MQTT_PORT },
    provisioning: { host: config.GATEHOUSE_PROVISIONING_HOST, port: config.GATEHOUSE_PROVISIONING_PORT },
    publicMqttUrl: config.GATEHOUSE_PUBLIC_MQTT_URL ?? null,
    brokerUrl: config.MQTT_URL ?? null,
    serverNames: config.GATEHOUSE_SERVER_NAMES,
  });
}

function buildApi(
  stored: Stored,
  hub: Hub | null,
): { readonly server: ApiServer; readonly services: readonly Service[] } {
  const { config, database, databaseUrl, clock, realClock } = stored;
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const options: ApiOptions = {
    ...stored,
    db: database.db,
    pool: database.pool,
    metrics,
    requestsPerSecond: config.GATEHOUSE_REQUESTS_PER_SECOND,
    webDir: findWeb(config),
    simulationUrl: config.GATEHOUSE_SIMULATION_URL ?? null,
    caFingerprint: () => hub?.caFingerprint() ?? null,
    failing: () => databaseFailing(database.pool),
  };
  const authenticate = createAuthenticator({ db: database.db, clock, realClock });
  const realtime = createRealtime({ ...stored, db: database.db, url: databaseUrl, metrics, authenticate });
  const server = createApiServer({
    host: config.GATEHOUSE_API_HOST,
    port: config.GATEHOUSE_API_PORT,
    clock: realClock,
    fetch: createApp(options, authenticate).fetch,
    onUpgrade: realtime.upgrade,
  });
  return { server, services: [realtime, server] };
}

function buildWorker({ database, databaseUrl, clock, realClock, random, log }: Stored): readonly Service[] {
  const consumers = [spotAllocation(clock)];
  const names = consumers.map(({ name }) => name);
  return [
    createPostgresBus({ db: database.db, url: databaseUrl, consumers, clock, random, log }),
    createRetention({ db: database.db, clock, realClock, log, consumers: names }),
  ];
}

function findWeb({ GATEHOUSE_WEB_DIR: given }: CloudConfig): string | null {
  const folder = given ?? BUILT_WEB;
  return existsSync(folder) ? folder : null;
}

function urlOf(scheme: string, { host, port }: { readonly host: string; readonly port: number }): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
