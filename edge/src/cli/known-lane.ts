import { telemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { z } from "zod";
import type { CommandContext } from "./command-context.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";

/** Rejects with the lanes that there are when `lane` is none of them. */
export async function demandLane(context: Pick<CommandContext, "agent">, lane: string): Promise<void> {
  const codes = (await context.agent.get("/lanes", z.array(telemetryLane))).map(({ code }) => code);
  if (codes.includes(lane)) return;
  throw new CommandFailure(EXIT.usage, `There is no lane "${lane}" here; the lanes are: ${codes.join(", ")}.`);
}
