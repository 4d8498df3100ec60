import { join, resolve } from "node:path";
import {
  type Environment,
  portVariable,
  readVariables,
  wallRateVariable,
} from "@gatehouse/shared/contracts/config/environment.ts";
import type { DeviceProfiles } from "@gatehouse/shared/contracts/config/profiles/device-profiles.ts";
import type { Site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { enrolmentToken } from "@gatehouse/shared/contracts/mqtt/enrolment.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { WallRate } from "@gatehouse/shared/kit/system-clock.ts";
import { DEFAULT_SHARE, type StoreShare } from "@gatehouse/shared/sync/disk-pressure.ts";
import { z } from "zod";
import { checkSite } from "../config-check/check-site.ts";
import { findingText } from "../config-check/finding.ts";
import { WATCHDOG_TIMEOUT_MAX_S } from "../drivers/watchdog/hardware-watchdog.ts";
import type { ServiceEnvironment } from "../drivers/watchdog/service-manager.ts";
import { withCameraSecrets } from "./camera-secrets.ts";
import { storeShareVariable } from "./store-share-variable.ts";

/** The operating system's limit of a Unix socket's path (unix(7): 108 bytes with the closing zero). */
const SOCKET_PATH_MAX_BYTES = 107;

/** The agent's whole configuration; read once, at start. */
export const agentEnvironment = z.object({
  GATEHOUSE_SITE: z.string().describe("YAML file with the wiring of this lot."),
  GATEHOUSE_DATA_DIR: z.string().describe("Directory of the store and of the device's key."),
  GATEHOUSE_STORE_SHARE: storeShareVariable
    .default(DEFAULT_SHARE)
    .describe(
      "What the store may fill of its disk, like 25% or 4096MiB; near its end telemetry is left out, then entries are refused.",
    ),
  GATEHOUSE_HTTP_HOST: z.string().default("127.0.0.1").describe("Address that cameras send their reads to."),
  GATEHOUSE_HTTP_PORT: portVariable.default(8600).describe("Port that cameras send their reads to."),
  GATEHOUSE_SOCKET: z
    .string()
    .optional()
    .describe("Local socket of the gate command; gate.sock in the data directory when left out."),
  GATEHOUSE_IO_SOCKET: z
    .string()
    .optional()
    .describe("Socket of simulated inputs and outputs; io.sock in the data directory when left out."),
  GATEHOUSE_PROVISIONING_URL: z
    .url({ protocol: /^https$/, error: "must be an address like https://cloud.example:8443" })
    .optional()
    .describe("Where a new edge enrols, e.g. https://cloud.example:8443."),
  GATEHOUSE_ENROLMENT_TOKEN: enrolmentToken.optional().describe("One-time token of the cloud for a new edge."),
  GATEHOUSE_SERIAL: z
    .string()
    .min(1)
    .max(64)
    .default("unnamed")
    .describe("Serial number of this computer, bound to its enrolment."),
  GATEHOUSE_MQTT_URL: z
    .url({ protocol: /^mqtts$/, error: "must be an address like mqtts://cloud.example:8883" })
    .optional()
    .describe("Replaces the broker's address that enrolment gave."),
  GATEHOUSE_SIM_WALL: wallRateVariable
    .optional()
    .describe("Simulated lots only, how their wall clock runs: anchorMachineMs,anchorWallMs,rate."),
  GATEHOUSE_WATCHDOG: z
    .string()
    .regex(/^\/dev\//, "must be a device, like /dev/watchdog0")
    .optional()
    .describe("Hardware watchdog that the guard feeds; leave it out where systemd does (RuntimeWatchdogSec)."),
  GATEHOUSE_WATCHDOG_S: z.coerce
    .number()
    .int()
    .min(2)
    .max(WATCHDOG_TIMEOUT_MAX_S)
    .default(10)
    .describe("Seconds without food after which that watchdog restarts the computer."),
  GATEHOUSE_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Least grave message that is logged."),
});

export interface AgentConfig {
  readonly site: Site;
  /** Device profiles that the site names. */
  readonly profiles: DeviceProfiles;
  readonly dataDir: string;
  readonly storeShare: StoreShare;
  readonly http: { readonly host: string; readonly port: number };
  readonly socketPath: string;
  readonly ioSocketPath: string;
  readonly provisioningUrl: string | null;
  readonly enrolmentToken: string | null;
  readonly serial: string;
  readonly mqttUrl: string | null;
  readonly wallRate: WallRate | null;
  readonly logLevel: string;
  /** Set by systemd for a unit with a watchdog; undefined without one. */
  readonly watchdogUsec: string | undefined;
  readonly watchdog: { readonly device: string | null; readonly timeoutS: number };
  /** What systemd says to a unit that it watches (sd_notify(3)). */
  readonly service: ServiceEnvironment;
}

/** Reads the environment and the site file. Throws `GatehouseError` `bad_config` that names each key or line at fault. */
export async function readAgentConfig(environment: Environment): Promise<AgentConfig> {
  const read = readVariables(agentEnvironment, environment);
  if (!read.ok) throw badConfig("The agent's environment", read.error);
  const env = read.value;
  const dataDir = resolve(env.GATEHOUSE_DATA_DIR);
  const socketPath = env.GATEHOUSE_SOCKET ?? join(dataDir, "gate.sock");
  const ioSocketPath = env.GATEHOUSE_IO_SOCKET ?? join(dataDir, "io.sock");
  const tooLong = [
    ...socketPathIssue("GATEHOUSE_SOCKET", socketPath),
    ...socketPathIssue("GATEHOUSE_IO_SOCKET", ioSocketPath),
  ];
  if (tooLong.length > 0) throw badConfig("The agent's environment", tooLong);
  const { site, profiles } = await readSiteAndProfiles(env.GATEHOUSE_SITE);
  return {
    site: withCameraSecrets(site, environment),
    profiles,
    dataDir,
    storeShare: env.GATEHOUSE_STORE_SHARE,
    http: { host: env.GATEHOUSE_HTTP_HOST, port: env.GATEHOUSE_HTTP_PORT },
    socketPath,
    ioSocketPath,
    provisioningUrl: env.GATEHOUSE_PROVISIONING_URL ?? null,
    enrolmentToken: env.GATEHOUSE_ENROLMENT_TOKEN ?? null,
    serial: env.GATEHOUSE_SERIAL,
    mqttUrl: env.GATEHOUSE_MQTT_URL ?? null,
    wallRate: env.GATEHOUSE_SIM_WALL ?? null,
    logLevel: env.GATEHOUSE_LOG_LEVEL,
    watchdogUsec: environment.WATCHDOG_USEC,
    watchdog: { device: env.GATEHOUSE_WATCHDOG ?? null, timeoutS: env.GATEHOUSE_WATCHDOG_S },
    service: {
      NOTIFY_SOCKET: environment.NOTIFY_SOCKET,
      WATCHDOG_USEC: environment.WATCHDOG_USEC,
      WATCHDOG_PID: environment.WATCHDOG_PID,
    },
  };
}

/** Reads and checks a site file with its profiles; throws `bad_config` that names file, line, column and key. */
export async function readSite(path: string): Promise<Site> {
  return (await readSiteAndProfiles(path)).site;
}

async function readSiteAndProfiles(path: string): Promise<{ readonly site: Site; readonly profiles: DeviceProfiles }> {
  const { good, findings } = await checkSite(path);
  if (good) return good;
  const errors = findings.filter(({ severity }) => severity === "error").map(findingText);
  throw new GatehouseError(
    "bad_config",
    `The site file ${path} is not valid:\n  ${errors.join("\n").replaceAll("\n", "\n  ")}\nTry it without the agent: gate config check ${path}`,
  );
}

function socketPathIssue(key: string, path: string): readonly string[] {
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_MAX_BYTES) return [];
  return [`${key}: ${path} has ${bytes} bytes, a socket's path may have ${SOCKET_PATH_MAX_BYTES}; set a shorter one`];
}

function badConfig(what: string, issues: readonly string[]): GatehouseError {
  return new GatehouseError("bad_config", `${what} is not valid:\n  ${issues.join("\n  ")}`);
}
