import { userInfo } from "node:os";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import type { Random } from "@gatehouse/shared/kit/random.ts";
import type { Connection } from "./connection.ts";
import type { Terminal } from "./terminal.ts";

/** What every command is given. */
export interface CommandContext {
  readonly agent: Connection;
  /** Where the agent is asked; named in errors and looked at by the doctor when no agent answers. */
  readonly socketPath: string;
  /** This command's own version, to be compared with the agent's. */
  readonly version: string;
  /** Machine-readable output wanted. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Writes the data as JSON, or as the text made of it. */
export function show<T>(context: Pick<CommandContext, "json" | "write">, data: T, asText: (data: T) => string): void {
  context.write(`${context.json ? JSON.stringify(data, null, 2) : asText(data)}\n`);
}

/** What this command says of who acts; the agent asks the kernel for the uid itself. */
export function actorName(sudoUser = process.env.SUDO_USER): string {
  const { uid, username } = userInfo();
  return sudoUser === undefined || sudoUser === "" ? `${username} (uid ${uid})` : `${sudoUser} by sudo`;
}
