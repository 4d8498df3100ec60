import { resolve } from "node:path";
import {
  type Environment,
  portVariable,
  readVariables,
  wallRateVariable,
} from "@gatehouse/shared/contracts/config/environment.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { z } from "zod";

export const role = z.enum(["api", "hub", "worker"]);
export type Role = z.infer<typeof role>;

const url = (...protocols: readonly string[]) =>
  z.url({
    protocol: new RegExp(`^(${protocols.join("|")})$`),
    error: `must be a URL with ${protocols.join("://, ")}://`,
  });

const roles = z
  .string()
  .default("all")
  .transform((text) => (text === "all" ? [...role.options] : text.split(",").map((one) => one.trim())))
  .pipe(z.array(role).min(1));

/** Every setting of the cloud process, read from the environment once, at start. */
export const cloudConfig = z.object({
  GATEHOUSE_DATA_DIR: z
    .string()
    .min(1)
    .default(".gatehouse/cloud")
    .transform((path) => resolve(path))
    .describe("Folder of the built-in database and of the hub's keys."),
  DATABASE_URL: url("postgres", "postgresql")
    .optional()
    .describe("A Postgres 18 of your own; without it the built-in one is started."),
  ROLES: roles.describe("What this process does: all, or some of api, hub, worker, separated by commas."),
  GATEHOUSE_API_HOST: z.string().default("127.0.0.1").describe("Address on which the API listens."),
  GATEHOUSE_API_PORT: portVariable.default(8080).describe("Port of the API and the pages; 0 takes a free one."),
  GATEHOUSE_MQTT_HOST: z.string().default("127.0.0.1").describe("Address on which edges reach the hub."),
  GATEHOUSE_MQTT_PORT: portVariable.default(8883).describe("Port for edges, MQTT over mutual TLS; 0 takes a free one."),
  MQTT_URL: url("mqtts")
    .optional()
    .describe(
      "An MQTT 5 broker of your own, set up as firmware-configs/broker says; without it the hub brings its own.",
    ),
  GATEHOUSE_PROVISIONING_HOST: z.string().default("127.0.0.1").describe("Address on which new edges enrol."),
  GATEHOUSE_PROVISIONING_PORT: portVariable.default(8443).describe("Port for new edges, HTTPS; 0 takes a free one."),
  GATEHOUSE_PUBLIC_MQTT_URL: url("mqtts")
    .optional()
    .describe("Address of the hub that new edges are given, when it isn't this machine's own."),
  GATEHOUSE_SERVER_NAMES: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== ""),
    )
    .describe("Names and addresses, separated by commas, by which edges know the hub beside this machine's own."),
  GATEHOUSE_POSTGRES_PORT: portVariable.default(0).describe("Port of the built-in database; 0 takes a free one."),
  GATEHOUSE_DATABASE_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(4)
    .max(500)
    .default(20)
    .describe("Connections to the database, at most."),
  GATEHOUSE_SETUP_FILE: z
    .string()
    .optional()
    .describe("JSON file with an operator's lots, rights and tokens; what is missing is made at start."),
  GATEHOUSE_WEB_DIR: z
    .string()
    .optional()
    .describe("Folder of the built pages; by default cloud/web/dist, when it is there."),
  GATEHOUSE_SIMULATION_URL: url("http")
    .optional()
    .describe("Control address of the simulated world; only where lots are simulated."),
  GATEHOUSE_SIM_WALL: wallRateVariable
    .optional()
    .describe("Faster wall clock of a simulated world: anchorMachineMs,anchorWallMs,rate."),
  GATEHOUSE_REQUESTS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe("Requests that one token may make in a second."),
  GATEHOUSE_LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace"])
    .default("info")
    .describe("The least that is logged."),
});

export type CloudConfig = z.infer<typeof cloudConfig>;

/** Reads the settings. Throws `config_invalid`, naming each wrong key and what it wants. */
export function readConfig(environment: Environment): CloudConfig {
  const read = readVariables(cloudConfig, environment);
  if (read.ok) return read.value;
  const faults = read.error.map((fault) => `  ${fault}`);
  throw new GatehouseError("config_invalid", `These settings of the environment are wrong:\n${faults.join("\n")}`);
}
