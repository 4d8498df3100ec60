import type { CommandResult } from "@gatehouse/shared/contracts/mqtt/commands.ts";
import type { Database } from "better-sqlite3";
import type { ClaimAnswer, CommandClaim, CommandLog } from "./command-log-port.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Stamp } from "./store-port.ts";

/** Commands remembered: months of them at the most that an edge carries out in a minute's limit and an operator sends. */
export const COMMANDS_KEPT = 10_000;

interface CommandRow {
  readonly result: string | null;
}

/** What was asked from afar and what came of it; a claim is durable before anything acts on it (SYNC-11). */
export function createCommandLog(db: Database, commit: GroupCommit, stamp: () => Stamp): CommandLog {
  const find = db.prepare<[string, string], CommandRow>(
    "SELECT result FROM commands WHERE command_id = ? OR nonce = ? LIMIT 1",
  );
  const insert = db.prepare<[string, string, number]>(
    "INSERT INTO commands (command_id, nonce, claimed_at) VALUES (?, ?, ?)",
  );
  const forget = db.prepare<[number]>("DELETE FROM commands WHERE rowid <= (SELECT max(rowid) FROM commands) - ?");
  const keepResult = db.prepare<[string, string]>("UPDATE commands SET result = ? WHERE command_id = ?");

  function claim({ id, nonce }: CommandClaim): ClaimAnswer {
    const seen = find.get(id, nonce);
    if (seen !== undefined) return { kind: "known", result: parseResult(seen.result) };
    insert.run(id, nonce, stamp().at);
    forget.run(COMMANDS_KEPT);
    return { kind: "new" };
  }

  return {
    claim: (command) => commit.transact(() => claim(command)),
    finish: (result) => commit.transact(() => void keepResult.run(JSON.stringify(result), result.id)),
  };
}

/** Written by `finish` alone, so it is what the contract says. */
function parseResult(text: string | null): CommandResult | null {
  return text === null ? null : (JSON.parse(text) as CommandResult);
}
