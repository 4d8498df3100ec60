import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import type { VideoError } from "../../ports/video/video-port.ts";

/** Text of a failing program that is kept to tell why, characters. */
const MAX_COMPLAINT = 4_096;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Standard input, for what must not be seen in the list of processes. */
  readonly input: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProgramEvents {
  readonly output: (chunk: Buffer) => void;
  /** Comes once, also when the program could not be started. */
  readonly ended: (error: VideoError) => void;
}

/** Starts a program that reads video, at low priority: the gate's work comes first. Returns what ends it. */
export function startProgram({ command, args, input, environment }: Program, events: ProgramEvents): () => void {
  const child = spawn(command, [...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  lowerPriority(child);
  let complaint = "";
  let missing = false;
  child.stdout.on("data", events.output);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT);
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  child.on("error", (error) => {
    missing = errorCode(error) === "ENOENT";
  });
  child.on("close", () => events.ended(missing ? "no_ffmpeg" : causeOf(complaint)));
  return () => void child.kill("SIGKILL");
}

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

/** ffmpeg tells its reasons as text only; the status line of RFC 2326, 7.1.1 in it is the one sure sign. */
export function causeOf(complaint: string): VideoError {
  return /\b40[13] (Unauthorized|Forbidden)/i.test(complaint) ? "not_authorised" : "unreachable";
}
