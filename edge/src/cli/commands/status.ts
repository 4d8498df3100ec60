import { type AgentStatus, agentStatus } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { bytes, span } from "../format.ts";
import { laneTable } from "../lane-rows.ts";
import { shareText } from "../share-text.ts";

/** `gate status`: the lot at a glance. */
export async function status(context: CommandContext): Promise<void> {
  show(context, await context.agent.get("/status", agentStatus), statusText);
}

function statusText({
  agent,
  lot,
  clock,
  link,
  lanes,
  open_sessions,
  outbox,
  replica,
  disk,
  store_share,
  rejected_reads,
}: AgentStatus): string {
  return [
    `${lot.name} (${lot.code})`,
    `agent     ${agent.version}, up ${span(agent.uptime_ms)}`,
    `time      ${lotTime(clock.at, lot.time_zone)} ${lot.time_zone}, ${clock.quality}`,
    `link      ${link.state}: ${link.detail}`,
    `outbox    ${outbox.pending} events to send, ${outbox.confirmed_n} confirmed, ${bytes(outbox.bytes)}`,
    `replica   version ${replica.version}, ${replica.items} items, ${confirmedText(replica.confirmed_at, clock.at)}`,
    `sessions  ${open_sessions} open`,
    `disk      store ${bytes(disk.used_bytes)}, ${bytes(disk.free_bytes)} free; ${shareText(store_share)}`,
    `cameras   ${rejected_reads} messages not understood`,
    "",
    laneTable(lanes),
  ].join("\n");
}

function confirmedText(confirmedAt: number | null, now: number): string {
  if (confirmedAt === null) return "never confirmed";
  return now < confirmedAt ? "confirmed later than this clock reads" : `confirmed ${span(now - confirmedAt)} ago`;
}
