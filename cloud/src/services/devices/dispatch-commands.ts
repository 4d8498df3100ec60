import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { and, eq, gt, inArray, lte, or } from "drizzle-orm";
import { commands } from "../../db/schema/commands.ts";
import type { DevicesContext } from "./context.ts";

/** After a sent command's life its result may still be on the way; then it counts as expired. */
const RESULT_GRACE_MS = 5 * SECOND_MS;

export type Command = typeof commands.$inferSelect;
type CommandContext = Pick<DevicesContext, "db" | "realClock">;

/**
 * Takes a device's commands that are to be sent now. Each is handed out once, to one hub, and never after its life: when
 * sending fails it expires (SYNC-11).
 */
export async function claimCommands({ db, realClock }: CommandContext, deviceId: Uuid): Promise<readonly Command[]> {
  const now = new Date(realClock.wall());
  return db
    .update(commands)
    .set({ status: "sent", sent_at: now })
    .where(and(eq(commands.device_id, deviceId), eq(commands.status, "pending"), gt(commands.not_after, now)))
    .returning();
}

/** Stores what the device says became of a command; this is the only "done", even when the wait for it was given up. */
export async function recordCommandResult(
  { db, realClock }: CommandContext,
  deviceId: Uuid,
  result: CommandResult,
): Promise<void> {
  await db
    .update(commands)
    .set({
      status: result.outcome,
      refusal: result.refusal,
      message: result.message,
      result_at: new Date(realClock.wall()),
    })
    .where(
      and(
        eq(commands.id, result.id),
        eq(commands.device_id, deviceId),
        inArray(commands.status, ["pending", "sent", "expired"]),
      ),
    );
}

/** Marks commands whose life is over without a result. */
export async function expireCommands({ db, realClock }: CommandContext): Promise<void> {
  const now = realClock.wall();
  const unsent = and(eq(commands.status, "pending"), lte(commands.not_after, new Date(now)));
  const unanswered = and(eq(commands.status, "sent"), lte(commands.not_after, new Date(now - RESULT_GRACE_MS)));
  await db
    .update(commands)
    .set({ status: "expired", result_at: new Date(now), message: "The edge did not answer in time." })
    .where(or(unsent, unanswered));
}
