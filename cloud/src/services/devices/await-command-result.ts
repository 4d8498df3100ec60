import type { CommandRefusal } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import { later, sleep } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { eq } from "drizzle-orm";
import { type CommandStatus, commands } from "../../db/schema/commands.ts";
import { notFound } from "../service-error.ts";
import type { DevicesContext } from "./context.ts";

const LOOK_EVERY_MS = 50;

export interface CommandState {
  readonly commandId: Uuid;
  readonly status: CommandStatus;
  readonly refusal: CommandRefusal | null;
  readonly message: string | null;
}

export interface CommandWait {
  readonly commandId: Uuid;
  /** Real time. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Waits until a command is `done`, `refused` or `expired`, or the time is up: then the state is still `pending` or
 * `sent`. Throws `not_found`.
 */
export async function awaitCommandResult(context: DevicesContext, wait: CommandWait): Promise<CommandState> {
  const { realClock } = context;
  const end = later(realClock.mono(), wait.timeoutMs);
  for (;;) {
    const state = await readCommandState(context, wait.commandId);
    const isOver = realClock.mono() >= end || wait.signal?.aborted === true;
    if (isSettled(state.status) || isOver) return state;
    await sleep(realClock, LOOK_EVERY_MS, wait.signal);
  }
}

async function readCommandState({ db }: DevicesContext, commandId: Uuid): Promise<CommandState> {
  const [row] = await db
    .select({ status: commands.status, refusal: commands.refusal, message: commands.message })
    .from(commands)
    .where(eq(commands.id, commandId));
  if (!row) throw notFound("command");
  return { commandId, ...row };
}

function isSettled(status: CommandStatus): boolean {
  return status === "done" || status === "refused" || status === "expired";
}
