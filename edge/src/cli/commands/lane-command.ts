import { type LaneCommandRequest, laneCommandAnswer } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

/** `gate open LANE --reason TEXT`: a hand on the lane, journalled and told to the cloud. */
export async function laneCommand(
  context: CommandContext,
  lane: string,
  { action, reason }: Pick<LaneCommandRequest, "action" | "reason">,
): Promise<void> {
  const request: LaneCommandRequest = { action, reason, actor: actorName() };
  const { body } = await context.agent.post(`/lanes/${encodeURIComponent(lane)}/command`, request, laneCommandAnswer);
  if (!body.ok)
    throw new CommandFailure(body.refusal === "refused_by_safety" ? EXIT.refusedBySafety : EXIT.failed, body.message);
  show(context, body, ({ message }) => message);
}
