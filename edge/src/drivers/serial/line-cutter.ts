import type { Clock, Timer } from "@gatehouse/shared/kit/clock.ts";

export interface LineCutterOptions {
  readonly clock: Pick<Clock, "after">;
  /** Bytes that end a line; empty lines are none. */
  readonly ends: readonly number[];
  /** Longest line in bytes; a longer one is dropped up to its end. */
  readonly maxBytes: number;
  /** What a silence of so long means: the end of the line, or that what came is forgotten; 0 ms is never. */
  readonly gap: { readonly ms: number; readonly means: "end" | "forget" };
  readonly line: (bytes: Buffer) => void;
  readonly tooLong: () => void;
}

/** Cuts what a serial device sends into lines. Costs at most `maxBytes` of memory, whatever the device sends. */
export class LineCutter {
  readonly #options: LineCutterOptions;
  #bytes: number[] = [];
  #skipping = false;
  #silence: Timer | null = null;

  constructor(options: LineCutterOptions) {
    this.#options = options;
  }

  take(chunk: Uint8Array): void {
    this.#silence?.cancel();
    for (const byte of chunk) this.#byte(byte);
    const { clock, gap } = this.#options;
    if (gap.ms === 0 || (this.#bytes.length === 0 && !this.#skipping)) return;
    this.#silence = clock.after(gap.ms, () => (gap.means === "end" ? this.#end() : this.reset()));
  }

  /** Half a code is none. */
  reset(): void {
    this.#silence?.cancel();
    this.#bytes = [];
    this.#skipping = false;
  }

  #byte(byte: number): void {
    if (this.#options.ends.includes(byte)) return this.#end();
    if (this.#skipping) return;
    this.#bytes.push(byte);
    if (this.#bytes.length <= this.#options.maxBytes) return;
    this.#bytes = [];
    this.#skipping = true;
    this.#options.tooLong();
  }

  #end(): void {
    const bytes = this.#bytes;
    this.#bytes = [];
    this.#skipping = false;
    if (bytes.length > 0) this.#options.line(Buffer.from(bytes));
  }
}
