import { type TelemetryLane, telemetryLane } from "@gatehouse/shared/contracts/mqtt/link.ts";
import { later, sleep } from "@gatehouse/shared/kit/clock.ts";
import { z } from "zod";
import { busyLanes } from "../../update/decide-trial.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { laneTable } from "../lane-rows.ts";

/** How often the lanes are looked at while they are waited for, ms; a lane at rest between two vehicles lasts longer. */
const LOOK_EVERY_MS = 250;

export interface LanesOptions {
  /** First waits until no lane is in use, at most so many seconds; null: not at all. */
  readonly waitClearS: number | null;
}

/** `gate lanes`: each lane with its barrier and loops. */
export async function lanes(context: CommandContext, { waitClearS }: LanesOptions): Promise<void> {
  show(context, waitClearS === null ? await look(context) : await clearLanes(context, waitClearS), laneTable);
}

/** The lanes once none is in use. Rejects with exit code 5 when one still is after `waitS` seconds. */
async function clearLanes(context: CommandContext, waitS: number): Promise<readonly TelemetryLane[]> {
  const { clock, signal } = context;
  const until = later(clock.mono(), waitS * 1_000);
  for (;;) {
    const found = await look(context);
    const busy = busyLanes(found);
    if (busy.length === 0) return found;
    if (clock.mono() >= until || signal.aborted)
      throw new CommandFailure(EXIT.refusedBySafety, `In use, or with a loop that can't be read: ${busy.join(", ")}.`);
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

function look({ agent }: CommandContext): Promise<readonly TelemetryLane[]> {
  return agent.get("/lanes", z.array(telemetryLane));
}
