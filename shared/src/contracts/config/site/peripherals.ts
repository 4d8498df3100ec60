import { z } from "zod";

const simulated = z
  .strictObject({ driver: z.literal("sim").describe("Family of the device.") })
  .describe("Simulated, offered on the agent's input/output socket.");

const printer = z.discriminatedUnion("driver", [simulated]);

/** Devices of a lane that no safety rule depends on. A lane with simulated wiring has the other ones simulated too. */
export const lanePeripherals = z.strictObject({
  printer: printer.optional().describe("The lane's ticket printer; without it no tickets are given out here."),
});

export type LanePeripheralsConfig = z.infer<typeof lanePeripherals>;
