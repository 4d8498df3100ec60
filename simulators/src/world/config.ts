import { readFileSync } from "node:fs";
import { wallRateVariable } from "@gatehouse/shared/contracts/config/environment.ts";
import { site } from "@gatehouse/shared/contracts/config/site/site.ts";
import { errorMessage, GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import type { WallRate } from "@gatehouse/shared/kit/system-clock.ts";
import { z } from "zod";
import { population } from "./population.ts";

const port = z.int().min(0).max(65_535);

/** A TCP port on loopback that leads to the hub, and can be cut. */
export const proxyPort = z.object({
  listen_port: port.describe("Where the agent connects; 0 takes a free one."),
  upstream_host: z.string().default("127.0.0.1"),
  upstream_port: port.min(1),
});

export const worldLot = z.object({
  site: site.describe("The lot's wiring, the same that its agent has."),
  io_socket: z.string().min(1).describe("Path of the agent's input/output socket."),
  gate_socket: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Path of the agent's local socket, for the operator who helps with lost tickets; null: nobody helps."),
  agent_url: z.url().describe("Base address of the agent's HTTP port, for its cameras."),
  proxies: z.array(proxyPort).max(8).default([]).describe("The lot's links to the cloud."),
  population: population.describe("Who comes."),
  arrivals_per_hour: z.number().min(0).describe("Vehicles an hour of wall time at traffic 1."),
  day_profile: z
    .array(z.number().min(0))
    .length(24)
    .or(z.array(z.number()).length(0))
    .default([])
    .describe("Factor by hour of the day."),
  arm_travel_ms: z
    .tuple([z.int().min(100), z.int().max(20_000)])
    .default([800, 1_500])
    .describe("Fastest and slowest arm of the lot."),
  max_arrivals: z.int().min(0).nullable().default(null).describe("Stop after so many vehicles; null: never."),
});

/** The one file that the world's process is given. */
export const worldConfig = z.object({
  seed: z.int().default(1).describe("The same seed gives the same vehicles, plates and tempers."),
  traffic: z.number().min(0).max(100).default(1).describe("Factor on all arrivals."),
  pace: z.number().min(0.1).max(20).default(1).describe("How much faster than people drivers act and drive."),
  faults: z
    .boolean()
    .default(true)
    .describe("Whether cameras and scanners misread, terminals decline and printers run out of paper."),
  control_port: port.default(0).describe("HTTP on loopback; 0 takes a free port."),
  truth_file: z.string().nullable().default(null).describe("Where the truth is written, one JSON line a record."),
  lots: z.array(worldLot).min(1).max(50),
});

export type ProxyPort = z.infer<typeof proxyPort>;
export type WorldLot = z.infer<typeof worldLot>;
export type WorldConfig = z.infer<typeof worldConfig>;

/** Reads and checks a config file. Throws GatehouseError `bad_config` with the file, the place and what is wrong. */
export function readWorldConfig(file: string): WorldConfig {
  try {
    return worldConfig.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const what = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
    throw new GatehouseError("bad_config", `${file} can't be used: ${what}`, { cause: error });
  }
}

/**
 * The accelerated wall clock from `GATEHOUSE_SIM_WALL="anchorMachineMs,anchorWallMs,rate"`; undefined when it isn't set.
 * Throws GatehouseError `bad_config` when it can't be read.
 */
export function wallRateFrom(text: string | undefined): WallRate | undefined {
  if (text === undefined || text === "") return undefined;
  const parsed = wallRateVariable.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new GatehouseError("bad_config", `GATEHOUSE_SIM_WALL is "${text}"; give anchorMachineMs,anchorWallMs,rate.`);
}
