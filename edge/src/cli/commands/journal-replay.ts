import type { JournalView } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { type ReplayVerdict, replay } from "../replay.ts";
import type { JournalReader } from "./journal.ts";

const ROWS_A_READ = 1_000;
/** Entries that are gone through at most; the journal keeps no more. */
const MAX_ROWS = 50_000;

/** `gate journal --replay --lane LANE`: whether the lane's machine does the same once more. Exit code 1 when it does not. */
export async function replayJournal(
  context: CommandContext,
  reader: JournalReader,
  lane: string | null,
): Promise<void> {
  if (lane === null) throw new CommandFailure(EXIT.usage, "Name the lane to go through again: --lane LANE");
  const rows: JournalView[] = [];
  for (let since = 0; rows.length < MAX_ROWS; ) {
    const more = await reader.read(since, ROWS_A_READ);
    rows.push(...more);
    const last = more.at(-1);
    if (!last || more.length < ROWS_A_READ) break;
    since = last.id;
  }
  const verdict = replay(rows);
  show(context, verdict, (found) => verdictText(found, lane));
  if (verdict.differences.length > 0)
    throw new CommandFailure(
      EXIT.failed,
      "The lane's machine does not do the same again: keep this journal (gate support-bundle) and report it.",
    );
  if (verdict.steps === 0)
    throw new CommandFailure(
      EXIT.failed,
      "Nothing could be gone through: the part that was chosen holds no kept state. Choose an earlier --from.",
    );
}

function verdictText({ steps, skipped, holes, differences }: ReplayVerdict, lane: string): string {
  const found = differences.map(
    ({ journalId, recorded, replayed }) =>
      `entry ${journalId}\n  recorded ${recorded.state}: ${JSON.stringify(recorded.effects)}\n  now      ${replayed.state}: ${JSON.stringify(replayed.effects)}`,
  );
  const verdict = differences.length === 0 ? "The same states and effects came out." : `${differences.length} differ:`;
  const left =
    skipped === 0 ? "" : ` ${skipped} before the first kept state or after one of ${holes} holes were left out.`;
  return [`Lane ${lane}: ${steps} steps gone through again.${left}`, verdict, ...found].join("\n");
}
