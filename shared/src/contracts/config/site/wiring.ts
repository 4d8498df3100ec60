import { z } from "zod";

/** Where a lane's inputs and outputs are. More families of wiring join this union as their drivers do. */
export const wiring = z.discriminatedUnion("driver", [
  z
    .strictObject({ driver: z.literal("sim").describe("Family of the lane's inputs and outputs.") })
    .describe("Simulated inputs and outputs, offered on the agent's input/output socket."),
]);

export type Wiring = z.infer<typeof wiring>;
