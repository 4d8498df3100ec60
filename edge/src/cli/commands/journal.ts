import { z } from "zod";
import { agentStatus, type JournalView, journalRow } from "../../local-api/contract.ts";
import { journalWords } from "../../local-api/journal-words.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { table } from "../table.ts";

export interface JournalOptions {
  readonly lane: string | null;
  readonly limit: number;
}

/** `gate journal`: what happened in the lanes, the latest last. */
export async function journal(context: CommandContext, { lane, limit }: JournalOptions): Promise<void> {
  const query = new URLSearchParams({ limit: String(limit), ...(lane === null ? {} : { lane }) });
  const rows = await context.agent.get(`/journal?${query}`, z.array(journalRow));
  const status = await context.agent.get("/status", agentStatus);
  const codes = new Map(status.lanes.map(({ lane_id, code }) => [lane_id, code]));
  show(context, rows, () => (rows.length === 0 ? "Nothing yet." : journalTable(rows, codes, status.lot.time_zone)));
}

function journalTable(rows: readonly JournalView[], codes: ReadonlyMap<string, string>, timeZone: string): string {
  return table(
    ["TIME", "LANE", "WHAT", "DETAIL"],
    rows.map((row) => [
      lotTime(row.at, timeZone),
      row.lane_id === null ? "-" : (codes.get(row.lane_id) ?? row.lane_id),
      row.kind,
      journalWords(row),
    ]),
  );
}
