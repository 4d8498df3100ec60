import type { ContactState } from "@gatehouse/shared/contracts/config/site/points.ts";
import type { SerialLoopBoard } from "@gatehouse/shared/contracts/config/site/serial-loop.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { LineCutter } from "./line-cutter.ts";

/** States of a detector's channels as one message tells them. */
export type Told = ReadonlyMap<number, ContactState>;

/** Takes bytes and calls back for each message that is whole; `reset` forgets half of one. */
export interface FrameCutter {
  take(bytes: Uint8Array): void;
  reset(): void;
}

export interface FrameHandler {
  told(states: Told): void;
  /** Something came that is no message of this detector. */
  garbled(): void;
}

const MAX_LINE_BYTES = 256;

/** The cutter for the frames of the site file. */
export function frameCutter(
  frame: SerialLoopBoard["frame"],
  clock: Pick<Clock, "after">,
  handler: FrameHandler,
): FrameCutter {
  return frame.kind === "bytes" ? new ByteFrames(frame, handler) : lineFrames(frame, clock, handler);
}

type LineFrame = Extract<SerialLoopBoard["frame"], { kind: "line" }>;
type ByteFrame = Extract<SerialLoopBoard["frame"], { kind: "bytes" }>;

function lineFrames(frame: LineFrame, clock: Pick<Clock, "after">, handler: FrameHandler): FrameCutter {
  return new LineCutter({
    clock,
    ends: [0x0d, 0x0a],
    maxBytes: MAX_LINE_BYTES,
    gap: { ms: 0, means: "end" },
    line: (bytes) => {
      const told = readLineStates(bytes.toString("latin1"), frame);
      if (told) handler.told(told);
      else handler.garbled();
    },
    tooLong: () => handler.garbled(),
  });
}

/** The states of a line, null when one word of it is not understood: half a line must not count as a whole one. */
export function readLineStates(line: string, { template, closed, open }: LineFrame): Told | null {
  const pattern = new RegExp(
    `^${escaped(template)
      .replace("\\{channel\\}", "(?<channel>\\d{1,3})")
      .replace("\\{state\\}", `(?<state>${escaped(closed)}|${escaped(open)})`)}$`,
  );
  const told = new Map<number, ContactState>();
  for (const word of line.split(/[,\s]+/).filter((one) => one !== "")) {
    const groups = pattern.exec(word)?.groups;
    if (!groups) return null;
    told.set(Number(groups.channel), groups.state === closed ? "closed" : "open");
  }
  return told.size > 0 ? told : null;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

class ByteFrames implements FrameCutter {
  readonly #frame: ByteFrame;
  readonly #handler: FrameHandler;
  readonly #header: Buffer;
  #bytes = Buffer.alloc(0);

  constructor(frame: ByteFrame, handler: FrameHandler) {
    this.#frame = frame;
    this.#handler = handler;
    this.#header = Buffer.from(frame.header, "hex");
  }

  take(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let at = this.#bytes.indexOf(this.#header); at >= 0; at = this.#bytes.indexOf(this.#header)) {
      if (at > 0) this.#handler.garbled();
      this.#bytes = this.#bytes.subarray(at);
      if (this.#bytes.length < this.#frame.length) return;
      this.#message(this.#bytes.subarray(0, this.#frame.length));
    }
    // The beginning of a header may have come already.
    this.#bytes = this.#bytes.subarray(Math.max(0, this.#bytes.length - this.#header.length + 1));
  }

  reset(): void {
    this.#bytes = Buffer.alloc(0);
  }

  /** A wrong check may be a header inside of data: the search goes on behind its first byte. */
  #message(message: Buffer): void {
    if (!this.#isChecked(message)) {
      this.#handler.garbled();
      this.#bytes = this.#bytes.subarray(1);
      return;
    }
    this.#bytes = this.#bytes.subarray(message.length);
    const status = message[this.#frame.status_at] ?? 0;
    const set = this.#frame.set_is;
    const states = Array.from({ length: 8 }, (_, bit): [number, ContactState] => [
      bit + 1,
      ((status >> bit) & 1) === 1 ? set : set === "closed" ? "open" : "closed",
    ]);
    this.#handler.told(new Map(states));
  }

  #isChecked(message: Buffer): boolean {
    const rest = [...message.subarray(0, -1)];
    switch (this.#frame.check) {
      case "none":
        return true;
      case "xor":
        return rest.reduce((sum, byte) => sum ^ byte, 0) === message.at(-1);
      case "sum":
        return rest.reduce((sum, byte) => (sum + byte) & 0xff, 0) === message.at(-1);
    }
  }
}
