import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { type LaneCommandRequest, laneCommandAnswer } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

/** `gate open LANE --reason TEXT` and its like: a hand on the lane, journalled and told to the cloud. */
export async function laneCommand(
  context: CommandContext,
  lane: string,
  order: Pick<LaneCommandRequest, "action" | "reason">,
): Promise<void> {
  show(context, await giveOrder(context, lane, order), ({ message }) => message);
}

/** Gives the order and returns the answer. Rejects with exit code 5 when a safety rule refuses, else 1. */
export async function giveOrder(
  context: Pick<CommandContext, "agent">,
  lane: string,
  { action, reason }: Pick<LaneCommandRequest, "action" | "reason">,
): Promise<{ readonly ok: boolean; readonly message: string }> {
  const request: LaneCommandRequest = { action, reason, actor: actorName() };
  const { body } = await context.agent.post(`/lanes/${encodeURIComponent(lane)}/command`, request, laneCommandAnswer);
  if (body.ok) return body;
  const code = SAFETY_REFUSALS.has(body.refusal ?? "") ? EXIT.refusedBySafety : EXIT.failed;
  const advice = WHAT_TO_DO[body.refusal ?? ""];
  throw new CommandFailure(code, `${body.message}${advice === undefined ? "" : ` ${advice.replaceAll("LANE", lane)}`}`);
}

/** Puts a lane back as it was, also after a test that failed, and says in a sentence how it is left. Never rejects. */
export async function giveBack(
  context: Pick<CommandContext, "agent">,
  lane: string,
  { mode, reason }: { readonly mode: "automatic" | "locked"; readonly reason: string },
): Promise<string> {
  try {
    await giveOrder(context, lane, { action: mode === "locked" ? "lock" : "automatic", reason });
    return `The lane is ${mode} again.`;
  } catch (error) {
    return `The lane could not be made ${mode} again: ${errorMessage(error)}`;
  }
}

const SAFETY_REFUSALS = new Set(["refused_by_safety", "under_maintenance"]);

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  refused_by_safety: "See what stands against it: gate loops LANE",
  under_maintenance: "When nobody works at the lane any more: gate maintenance LANE off --reason TEXT",
  store_failed: "See: gate doctor",
};
