import { type AgentStatus, agentStatus } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { bytes, span } from "../format.ts";
import { shareText } from "../share-text.ts";

/** Digits of a hash that are shown: enough to compare by telephone with the cloud's device page, which shows as many. */
const SHOWN_HASH_DIGITS = 12;

type SyncStatus = Pick<
  AgentStatus,
  "link" | "outbox" | "replica" | "disk" | "store_share" | "clock" | "lot" | "certificate_ends_at"
>;

/** `gate sync status`: where this edge stands with the cloud, both ways. */
export async function syncStatus(context: CommandContext): Promise<void> {
  const { link, outbox, replica, disk, store_share, clock, lot, certificate_ends_at } = await context.agent.get(
    "/status",
    agentStatus,
  );
  const told = { link, outbox, replica, disk, store_share, certificate_ends_at };
  show(context, { ...told, clock }, () => syncText({ ...told, clock, lot }));
}

/** One line for each part of the link, for a technician. */
function syncText(status: SyncStatus): string {
  const { link, replica, disk, store_share, clock, lot, certificate_ends_at: endsAt } = status;
  const confirmed =
    replica.confirmed_at === null ? "never confirmed" : `confirmed ${lotTime(replica.confirmed_at, lot.time_zone)}`;
  return [
    `link         ${link.state}: ${link.detail}`,
    ...upText(status),
    `down         replica version ${replica.version}, ${replica.items} items, ${confirmed}`,
    `checksum     ${replica.checksum}`,
    `disk         ${bytes(disk.used_bytes)} used, ${bytes(disk.free_bytes)} free; ${shareText(store_share)}`,
    `certificate  ${endsAt === null ? "none: enrol this edge (gate enroll)" : `until ${lotTime(endsAt, lot.time_zone)}`}`,
    `clock        ${clock.quality}`,
  ].join("\n");
}

function upText({ outbox, clock }: SyncStatus): readonly string[] {
  const { epoch, last_n: last, confirmed_n: confirmed, pending, oldest_pending_at: oldestAt } = outbox;
  const waiting = pending === 0 ? "" : ` (${bytes(outbox.bytes)})`;
  const oldest = oldestAt === null ? "" : `, the oldest for ${span(clock.at - oldestAt)}`;
  const hash = (text: string): string => text.slice(0, SHOWN_HASH_DIGITS);
  return [
    `up           epoch ${epoch}, ${last} written, ${confirmed} confirmed, ${pending} to send${waiting}${oldest}`,
    `hash         ${hash(outbox.confirmed_hash)} at ${confirmed}, as the cloud's device page has it; ${hash(outbox.last_hash)} at ${last}`,
  ];
}
