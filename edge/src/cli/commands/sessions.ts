import { z } from "zod";
import { agentStatus, type SessionView, sessionRow } from "../../local-api/contract.ts";
import { lotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { amount } from "../format.ts";
import { table } from "../table.ts";

export interface SessionsOptions {
  readonly all: boolean;
  readonly plate: string | null;
  readonly limit: number;
}

/** `gate sessions`: who is inside; with --all also the stays that ended. */
export async function sessions(context: CommandContext, { all, plate, limit }: SessionsOptions): Promise<void> {
  const query = new URLSearchParams({ all: String(all), limit: String(limit), ...(plate === null ? {} : { plate }) });
  const rows = await context.agent.get(`/sessions?${query}`, z.array(sessionRow));
  const { lot } = await context.agent.get("/status", agentStatus);
  show(context, rows, () => (rows.length === 0 ? "No sessions." : sessionTable(rows, lot.time_zone)));
}

function sessionTable(rows: readonly SessionView[], timeZone: string): string {
  return table(
    ["PLATE", "KIND", "STATUS", "ENTERED", "EXITED", "FEE", "PAID"],
    rows.map((row) => [
      row.plate ?? row.ticket ?? "-",
      row.kind,
      row.close_reason === null || row.close_reason === "exit" ? row.status : `${row.status} (${row.close_reason})`,
      lotTime(row.entered_at, timeZone),
      lotTime(row.exited_at, timeZone),
      amount(row.fee_minor, row.currency),
      amount(row.paid_minor, row.currency),
    ]),
  );
}
