import { type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import { problem } from "@gatehouse/shared/contracts/http/problem.ts";
import { errorCode } from "@gatehouse/shared/kit/errors.ts";
import type { z } from "zod";
import { CommandFailure, EXIT } from "./exit-codes.ts";

const ANSWER_MAX_MS = 10_000;

/** The agent's local socket as the commands use it. */
export interface Connection {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<{ status: number; body: T }>;
  /** The bytes of an answer, as they come; for backups and pictures. */
  bytes(method: "GET" | "POST", path: string, body?: unknown): Promise<Readable>;
  /** Each line of an endless answer, until `signal` aborts. Rejects when the agent goes. */
  lines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
}

/** Talks HTTP over the agent's local socket. Rejects with `CommandFailure` in the technician's words. */
export function connectionTo(socketPath: string): Connection {
  return {
    async get(path, schema) {
      const { status, text } = await ask(socketPath, { method: "GET", path });
      if (status !== 200) throw refusal(status, text);
      return schema.parse(JSON.parse(text));
    },
    async post(path, body, schema) {
      const { status, text } = await ask(socketPath, { method: "POST", path, body: JSON.stringify(body) });
      const json: unknown = JSON.parse(text);
      const parsed = schema.safeParse(json);
      if (!parsed.success) throw refusal(status, text);
      return { status, body: parsed.data };
    },
    bytes: (method, path, body) =>
      download(socketPath, { method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    lines: (path, onLine, signal) => follow(socketPath, path, { onLine, signal }),
  };
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

function ask(socketPath: string, { method, path, body }: Ask): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const outgoing = request({ socketPath, method, path, headers, timeout: ANSWER_MAX_MS }, (incoming) => {
      textOf(incoming).then((text) => resolve({ status: incoming.statusCode ?? 0, text }), reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", (error) => reject(unreachable(socketPath, error)));
    outgoing.end(body);
  });
}

/** Large answers have no time limit as a whole: the agent goes on sending, or the connection ends. */
function download(socketPath: string, { method, path, body }: Ask): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const outgoing = request({ socketPath, method, path, headers }, (incoming) => {
      if (incoming.statusCode === 200) return resolve(incoming);
      textOf(incoming).then((text) => reject(refusal(incoming.statusCode ?? 0, text)), reject);
    });
    outgoing.on("error", (error) => reject(unreachable(socketPath, error)));
    outgoing.end(body);
  });
}

interface Follower {
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

function follow(socketPath: string, path: string, { onLine, signal }: Follower): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method: "GET", path, signal }, (incoming) => {
      let rest = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
      });
      incoming.on("end", () => reject(new CommandFailure(EXIT.notReachable, "The agent has stopped.")));
      incoming.on("error", (error) => (signal.aborted ? resolve() : reject(unreachable(socketPath, error))));
    });
    outgoing.on("error", (error) => (signal.aborted ? resolve() : reject(unreachable(socketPath, error))));
    outgoing.end();
  });
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function refusal(status: number, text: string): CommandFailure {
  let detail = text.slice(0, 200);
  try {
    detail = problem.parse(JSON.parse(text)).detail ?? detail;
  } catch {
    // Not problem+json: shown as it came.
  }
  return new CommandFailure(status >= 500 ? EXIT.failed : EXIT.usage, detail);
}

function unreachable(socketPath: string, error: Error): CommandFailure {
  switch (errorCode(error)) {
    case "EACCES":
    case "EPERM":
      return new CommandFailure(
        EXIT.notAuthorised,
        `You may not open ${socketPath}. Join the socket's group (ls -l ${socketPath}; sudo usermod -aG GROUP $USER, then log in anew), or use sudo.`,
      );
    case "ENOENT":
      return new CommandFailure(
        EXIT.notReachable,
        `No agent runs here: ${socketPath} does not exist. Start it (systemctl start gatehouse), or name its socket with --socket.`,
      );
    case "ECONNREFUSED":
      return new CommandFailure(
        EXIT.notReachable,
        `The agent behind ${socketPath} is not running. Start it, then look at: gate doctor`,
      );
    default:
      return new CommandFailure(EXIT.notReachable, `The agent does not answer on ${socketPath}: ${error.message}.`);
  }
}
