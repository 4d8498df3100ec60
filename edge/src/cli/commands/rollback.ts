import { agentStatus } from "../../local-api/contract.ts";
import { busyLanes } from "../../update/decide-trial.ts";
import { placesOf } from "../../update/places.ts";
import { rollBack } from "../../update/start-release.ts";
import { updateFiles } from "../../update/update-files.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { demandRoot, restartAgent } from "./update.ts";

export interface RollbackWords {
  readonly dataDir: string;
  readonly withoutAgent: boolean;
}

/** `gate rollback`: goes back to the release that ran before. */
export async function rollback(context: CommandContext, { dataDir, withoutAgent }: RollbackWords): Promise<void> {
  demandRoot("rollback");
  if (!withoutAgent) {
    const { lanes } = await context.agent.get("/status", agentStatus);
    const busy = busyLanes(lanes);
    if (busy.length > 0)
      throw new CommandFailure(EXIT.refusedBySafety, `Not now: ${busy.join(", ")} in use (lanes_busy).`);
  }
  const run = rollBack(placesOf(dataDir), updateFiles);
  if (run === null) throw new CommandFailure(EXIT.failed, "There is no release to go back to.");
  const next = restartAgent();
  show(context, { runs: run }, () => `Back to ${run === "base" ? "the package's own release" : run}. ${next}`);
}
