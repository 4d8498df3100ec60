import { telemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { z } from "zod";
import { type CommandContext, show } from "../command-context.ts";
import { laneTable } from "../lane-rows.ts";

/** `gate lanes`: each lane with its barrier and loops. */
export async function lanes(context: CommandContext): Promise<void> {
  show(context, await context.agent.get("/lanes", z.array(telemetryLane)), laneTable);
}
