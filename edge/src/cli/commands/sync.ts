import { type AgentStatus, agentStatus } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { span } from "../format.ts";

/** `gate sync status`: where this edge stands with the cloud, both ways. */
export async function syncStatus(context: CommandContext): Promise<void> {
  const { link, outbox, replica, clock, lot, certificate_ends_at } = await context.agent.get("/status", agentStatus);
  show(context, { link, outbox, replica, certificate_ends_at }, () =>
    syncText({ link, outbox, replica, clock, lot, certificate_ends_at }),
  );
}

function syncText({
  link,
  outbox,
  replica,
  clock,
  lot,
  certificate_ends_at: endsAt,
}: Pick<AgentStatus, "link" | "outbox" | "replica" | "clock" | "lot" | "certificate_ends_at">): string {
  const oldest =
    outbox.oldest_pending_at === null ? "" : `, the oldest for ${span(clock.at - outbox.oldest_pending_at)}`;
  const confirmed =
    replica.confirmed_at === null ? "never confirmed" : `confirmed ${lotTime(replica.confirmed_at, lot.time_zone)}`;
  return [
    `link         ${link.state}: ${link.detail}`,
    `up           epoch ${outbox.epoch}, ${outbox.last_n} written, ${outbox.confirmed_n} confirmed, ${outbox.pending} to send${oldest}`,
    `down         replica version ${replica.version}, ${replica.items} items, ${confirmed}`,
    `checksum     ${replica.checksum}`,
    `certificate  ${endsAt === null ? "none: enrol this edge (gate enroll)" : `until ${lotTime(endsAt, lot.time_zone)}`}`,
    `clock        ${clock.quality}`,
  ].join("\n");
}
