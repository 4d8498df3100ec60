import { injectedReadAnswer } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

export interface ReadOptions {
  readonly lane: string;
  readonly confidence: number | null;
}

/** `gate read PLATE --lane LANE`: offers a plate to a lane as its camera would. */
export async function read(context: CommandContext, plate: string, { lane, confidence }: ReadOptions): Promise<void> {
  const request = { plate, confidence, actor: actorName() };
  const { body, status } = await context.agent.post(
    `/lanes/${encodeURIComponent(lane)}/read`,
    request,
    injectedReadAnswer,
  );
  if (status !== 200) throw new CommandFailure(EXIT.failed, body.message);
  show(context, body, ({ message }) => message);
}
