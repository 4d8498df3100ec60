import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";

/** What answers come from; a pipe can be kept from holding the process (`net.Socket`), a file needs no such thing. */
type Input = Readable & { readonly ref?: () => unknown; readonly unref?: () => unknown };

/** Lines from a pipe or a file, one for each question: what came with the first answer is kept for the next. */
export class PipedLines {
  readonly #input: Input;
  readonly #lines: string[] = [];
  #reader: Interface | null = null;
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | null = null;
  #ended = false;

  constructor(input: Input) {
    this.#input = input;
  }

  /** The next line; one question at a time. Rejects when input has ended. */
  next(): Promise<string> {
    this.#reader ??= this.#read();
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(endedError());
    this.#input.ref?.();
    this.#reader.resume();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #read(): Interface {
    const reader = createInterface({ input: this.#input });
    reader.on("line", (line) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (!waiting) return void this.#lines.push(line);
      // No more than has been read already is kept, and a pipe that stays open keeps no command alive.
      reader.pause();
      this.#input.unref?.();
      waiting.resolve(line);
    });
    reader.on("close", () => {
      this.#ended = true;
      this.#waiting?.reject(endedError());
    });
    return reader;
  }
}

/** Nobody is left to answer. */
export function endedError(): Error {
  return new Error("The input has ended before an answer was given.");
}
