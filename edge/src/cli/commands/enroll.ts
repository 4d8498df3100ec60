import { done } from "../../local-api/contract.ts";
import { actorName, type CommandContext, show } from "../command-context.ts";
import { readSecret } from "../passphrase.ts";
import { postTo } from "../post.ts";

export interface EnrollOptions {
  readonly url: string | null;
  readonly tokenFile: string | null;
}

/** `gate enroll`: gives this edge its identity with a token of the cloud, and connects it. */
export async function enroll(context: CommandContext, { url, tokenFile }: EnrollOptions): Promise<void> {
  const source = { file: tokenFile, question: "Enrolment token from the cloud", isNew: false, least: 0 };
  const token = (await readSecret(context, source)).trim();
  const request = { token, provisioning_url: url, actor: actorName() };
  show(context, await postTo(context, "/enrol", request, done), ({ message }) => `${message} See: gate sync status`);
}
