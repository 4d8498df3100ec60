import { existsSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import Database from "better-sqlite3";
import type { Finding } from "../local-api/contract.ts";
import { fault, warning } from "../local-api/doctor/fine.ts";
import { type CommandFailure, EXIT } from "./exit-codes.ts";

const DISK_LOW_BYTES = 512 * 1_048_576;

export interface LocalPlaces {
  readonly socketPath: string;
  readonly dataDir: string;
}

/** Looks at this computer when no agent answers: why it may not run, and what to do about it. */
export function lookLocally(reason: CommandFailure, { socketPath, dataDir }: LocalPlaces): readonly Finding[] {
  const first =
    reason.exitCode === EXIT.notAuthorised
      ? fault("agent.permission", reason.message, "Only the agent's group may use the gates.")
      : fault(
          "agent.silent",
          reason.message,
          "The outputs are off while it does not run; the arms stay where they are.",
        );
  return [first, ...socketFindings(socketPath), ...lockFindings(socketPath, dataDir), ...diskFindings(dataDir)];
}

function socketFindings(path: string): readonly Finding[] {
  if (!existsSync(path)) return [];
  const mode = statSync(path).mode & 0o777;
  if (mode === 0o660) return [];
  return [
    fault(
      "socket",
      `The local socket ${path} has mode ${mode.toString(8).padStart(4, "0")}; it should have 0660.`,
      "Restart the agent, which makes it anew, and look who changed it.",
    ),
  ];
}

/** The lock that an agent holds on its store for as long as it lives. */
function lockFindings(socketPath: string, dataDir: string): readonly Finding[] {
  const file = join(dataDir, "agent.lock");
  if (!existsSync(file)) return [];
  const holder = lockHolder(file);
  if (holder === null) return [];
  return [
    fault(
      "agent.other",
      `An agent works with the store in ${dataDir} (process ${holder}), but does not answer on ${socketPath}.`,
      `It has another socket (its GATEHOUSE_SOCKET; name it with --socket), or it hangs: look at its log, then end process ${holder}; its unit starts it anew.`,
    ),
  ];
}

/** The process that holds the lock; null when nobody does. */
function lockHolder(file: string): number | null {
  try {
    const db = new Database(file, { timeout: 0, fileMustExist: true });
    try {
      db.exec("BEGIN IMMEDIATE");
      db.exec("ROLLBACK");
      return null;
    } catch {
      return db.prepare<[], number>("SELECT pid FROM holder").pluck().get() ?? null;
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}

function diskFindings(dataDir: string): readonly Finding[] {
  if (!existsSync(dataDir))
    return [
      warning(
        "agent.data",
        `The data directory ${dataDir} does not exist.`,
        "Name the agent's own with --data-dir, or start the agent once.",
      ),
    ];
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    const free = bavail * bsize;
    if (free >= DISK_LOW_BYTES) return [];
    return [
      fault(
        "disk",
        `Only ${Math.floor(free / 1_048_576)} MB free on the disk of ${dataDir}.`,
        "Free some space (old logs first), then start the agent.",
      ),
    ];
  } catch (error) {
    return [
      fault(
        "agent.data",
        `${dataDir} can't be looked at: ${errorMessage(error)}.`,
        "Use sudo, or the agent's account.",
      ),
    ];
  }
}
