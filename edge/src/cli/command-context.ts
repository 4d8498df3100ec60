import { userInfo } from "node:os";
import type { Connection } from "./connection.ts";

/** What every command is given. */
export interface CommandContext {
  readonly agent: Connection;
  /** Machine-readable output wanted. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Lines that the terminal shows now; unlimited when it does not say. */
  readonly rows: () => number;
  readonly signal: AbortSignal;
}

/** Writes the data as JSON, or as the text made of it. */
export function show<T>(context: CommandContext, data: T, asText: (data: T) => string): void {
  context.write(`${context.json ? JSON.stringify(data, null, 2) : asText(data)}\n`);
}

/** Who acts, for the journal and the audit. */
export function actorName(): string {
  const { uid, username } = userInfo();
  return `${username} (uid ${uid})`;
}
