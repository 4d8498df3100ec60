import { createInterface } from "node:readline";
import { endedError, PipedLines } from "./piped-lines.ts";

export interface Key {
  readonly name: string;
}

/** The person's terminal, or what stands in for one. */
export interface Terminal {
  /** Output goes to a terminal, so that a picture may be drawn on it. */
  readonly isInteractive: boolean;
  /** Colour is wanted: a terminal, and no NO_COLOR (no-color.org). */
  readonly hasColour: boolean;
  readonly rows: () => number;
  readonly columns: () => number;
  /** One line from the person. Rejects when input has ended. */
  ask(question: string): Promise<string>;
  /** The same without showing what is typed. */
  askSecret(question: string): Promise<string>;
  /** Calls back for each key until the returned function is called. */
  onKey(listener: (key: Key) => void): () => void;
  /** Calls back when the terminal's size changes. */
  onResize(listener: () => void): () => void;
}

/** The process's own terminal. */
export function processTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const { stdin, stdout, stderr } = process;
  const isInteractive = stdout.isTTY === true;
  const piped = new PipedLines(stdin);
  const wantsColour = environment.NO_COLOR === undefined || environment.NO_COLOR === "";
  return {
    isInteractive,
    hasColour: isInteractive && wantsColour && environment.TERM !== "dumb",
    rows: () => stdout.rows || Number.POSITIVE_INFINITY,
    columns: () => stdout.columns || 80,
    ask: (question) => askLine(question, { isSecret: false }),
    askSecret: (question) => askLine(question, { isSecret: true }),
    onKey(listener) {
      if (!stdin.isTTY) return () => {};
      const take = (chunk: Buffer): void => {
        for (const name of keysIn(chunk.toString("utf8"))) listener({ name });
      };
      stdin.setRawMode(true);
      stdin.resume();
      stdin.on("data", take);
      return () => {
        stdin.off("data", take);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    onResize(listener) {
      stdout.on("resize", listener);
      return () => stdout.off("resize", listener);
    },
  };

  function askLine(question: string, { isSecret }: { isSecret: boolean }): Promise<string> {
    stderr.write(question);
    if (!stdin.isTTY) return piped.next();
    const lines = createInterface({ input: stdin, ...(isSecret ? { terminal: true } : {}) });
    return new Promise((resolve, reject) => {
      let answered = false;
      lines.once("line", (line) => {
        answered = true;
        lines.close();
        if (isSecret) stderr.write("\n");
        resolve(line);
      });
      lines.once("close", () => {
        if (!answered) reject(endedError());
      });
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    });
  }
}

/** Escape sequences of the arrow and page keys (ECMA-48, xterm). */
const SEQUENCES: Readonly<Record<string, string>> = {
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "\u001b[C": "right",
  "\u001b[D": "left",
  "\u001b[5~": "page_up",
  "\u001b[6~": "page_down",
  "\r": "enter",
  "\n": "enter",
  "\u001b": "escape",
  "\u0003": "interrupt",
};

const ESCAPE = "\u001b";
/** An escape sequence (CSI or SS3, ECMA-48), or one character. */
const KEY = new RegExp(String.raw`${ESCAPE}(?:\[[0-?]*[ -/]*[@-~]|O[@-~])|[\s\S]`, "gu");

/** The keys in what came in one piece: keys that are pressed quickly, or over a slow line, come together. */
export function keysIn(text: string): readonly string[] {
  return Array.from(text.matchAll(KEY), ([key]) => SEQUENCES[key] ?? key);
}
