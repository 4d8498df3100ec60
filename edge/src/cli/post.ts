import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import type { z } from "zod";
import type { CommandContext } from "./command-context.ts";
import { CommandFailure, EXIT } from "./exit-codes.ts";

/** Asks the agent something with a body. Rejects with what it says when it refuses. */
export async function postTo<T>(
  { agent }: Pick<CommandContext, "agent">,
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = await agent.post(path, body, schema.or(problem));
  const refused = problem.safeParse(answer.body);
  if (answer.status >= 400 && refused.success)
    throw new CommandFailure(
      answer.status === 404 || answer.status === 400 ? EXIT.usage : EXIT.failed,
      refused.data.detail ?? refused.data.title,
    );
  return schema.parse(answer.body);
}
