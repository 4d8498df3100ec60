import { done } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { readSecret } from "../passphrase.ts";
import { postTo } from "../post.ts";

export const PASSWORD_MIN = 10;

/** `gate page password`: sets or removes the password of the technician's page; everybody there must log in anew. */
export async function pagePassword(
  context: CommandContext,
  { file, remove }: { readonly file: string | null; readonly remove: boolean },
): Promise<void> {
  const source = { file, question: "New password of the technician's page", isNew: true, least: PASSWORD_MIN };
  const password = remove ? null : await readSecret(context, source);
  const answer = await postTo(context, "/page/password", { password, actor: actorName() }, done);
  show(context, answer, ({ message }) => message);
}
