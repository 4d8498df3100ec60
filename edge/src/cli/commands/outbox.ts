import { agentStatus } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { bytes, span } from "../format.ts";

/** `gate outbox`: what the cloud has not confirmed yet. */
export async function outbox(context: CommandContext): Promise<void> {
  const { outbox: state, clock, link } = await context.agent.get("/status", agentStatus);
  show(context, state, () =>
    [
      `epoch ${state.epoch}: ${state.last_n} events written, ${state.confirmed_n} confirmed by the cloud`,
      `${state.pending} to send (${bytes(state.bytes)} kept)` +
        (state.oldest_pending_at === null ? "" : `, the oldest for ${span(clock.at - state.oldest_pending_at)}`),
      `link ${link.state}: ${link.detail}`,
    ].join("\n"),
  );
}
