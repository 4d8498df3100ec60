import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { z } from "zod";
import { agentStatus, type JournalView, journalRow } from "../../local-api/contract.ts";
import { journalWords } from "../../local-api/journal-words.ts";
import { lotTime, readLotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { table } from "../table.ts";
import { replayJournal } from "./journal-replay.ts";

export interface JournalOptions {
  readonly lane: string | null;
  readonly kind: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly limit: number;
  readonly follow: boolean;
  readonly replay: boolean;
}

const FOLLOW_EVERY_MS = 1_000;
const ROWS_A_LOOK = 1_000;

export interface JournalReader {
  readonly codes: ReadonlyMap<string, string>;
  readonly timeZone: string;
  /** Rows by the command's filter; `since` and `limit` as given. */
  read(since: number | null, limit: number): Promise<readonly JournalView[]>;
}

/** `gate journal`: what happened in the lanes, the latest last; live with --follow, gone through again with --replay. */
export async function journal(context: CommandContext, options: JournalOptions): Promise<void> {
  const reader = await openJournal(context, options);
  if (options.replay) return replayJournal(context, reader, options.lane);
  const rows = await reader.read(null, options.limit);
  if (options.follow) return follow(context, reader, rows);
  show(context, rows, () => (rows.length === 0 ? "Nothing yet." : journalTable(rows, reader)));
}

async function openJournal(context: CommandContext, { lane, kind, from, to }: JournalOptions): Promise<JournalReader> {
  const { lanes, lot, clock } = await context.agent.get("/status", agentStatus);
  const timeOf = (name: string, text: string | null): Record<string, string> => {
    if (text === null) return {};
    const at = readLotTime(text, { now: clock.at, timeZone: lot.time_zone });
    if (at !== null) return { [name]: String(at) };
    throw new CommandFailure(
      EXIT.usage,
      `--${name} "${text}" is no time; write it like 14:05, "2026-11-22 14:05" or -2h.`,
    );
  };
  const [since, until] = [timeOf("from", from), timeOf("to", to)];
  if (Number(since.from) > Number(until.to))
    throw new CommandFailure(EXIT.usage, `--from ${from} is after --to ${to}; nothing can lie between.`);
  const filter = {
    ...(lane === null ? {} : { lane }),
    ...(kind === null ? {} : { kind }),
    ...since,
    ...until,
  };
  return {
    codes: new Map(lanes.map(({ lane_id, code }) => [lane_id, code])),
    timeZone: lot.time_zone,
    read: (since, limit) => {
      const query = new URLSearchParams({
        ...filter,
        limit: String(limit),
        ...(since === null ? {} : { since: String(since) }),
      });
      return context.agent.get(`/journal?${query}`, z.array(journalRow));
    },
  };
}

async function follow(context: CommandContext, reader: JournalReader, rows: readonly JournalView[]): Promise<void> {
  let seen = rows.at(-1)?.id ?? 0;
  let fresh = rows;
  while (!context.signal.aborted) {
    for (const row of fresh)
      context.write(context.json ? `${JSON.stringify(row)}\n` : `${columns(row, reader).join("  ")}\n`);
    await sleep(context.clock, FOLLOW_EVERY_MS, context.signal);
    if (context.signal.aborted) return;
    fresh = await reader.read(seen, ROWS_A_LOOK);
    seen = fresh.at(-1)?.id ?? seen;
  }
}

function journalTable(rows: readonly JournalView[], reader: JournalReader): string {
  return table(
    ["TIME", "LANE", "WHAT", "DETAIL"],
    rows.map((row) => columns(row, reader)),
  );
}

function columns(row: JournalView, { codes, timeZone }: JournalReader): string[] {
  const lane = row.lane_id === null ? "-" : (codes.get(row.lane_id) ?? row.lane_id);
  return [lotTime(row.at, timeZone), lane, row.kind, journalWords(row)];
}
