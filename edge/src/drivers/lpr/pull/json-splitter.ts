const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);

/**
 * Cuts a stream of JSON objects that follow one another with or without separators, fed with chunks that are cut
 * anywhere. Keeps at most `maxBytes` of one; what is larger is dropped and reported as null.
 */
export class JsonSplitter {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  feed(chunk: Buffer): readonly (Buffer | null)[] {
    const found: (Buffer | null)[] = [];
    let start = this.#depth > 0 ? 0 : -1;
    for (let index = 0; index < chunk.length; index++) {
      const wasOutside = this.#depth === 0;
      if (!this.#ends(chunk[index] ?? 0)) {
        if (wasOutside && this.#depth > 0) start = index;
        continue;
      }
      this.#keep(chunk.subarray(start, index + 1));
      found.push(this.#bytes > this.#maxBytes ? null : Buffer.concat(this.#chunks));
      this.#forget();
      start = -1;
    }
    if (start >= 0) this.#keep(chunk.subarray(start));
    return found;
  }

  /** Moves on by one byte; true when it closes an object. */
  #ends(byte: number): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (OPEN.has(byte)) this.#depth++;
    else if (this.#depth === 0) return false;
    else if (byte === QUOTE) this.#inString = true;
    else if (CLOSE.has(byte)) return --this.#depth === 0;
    return false;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(Buffer.from(part));
    else this.#chunks = [];
  }

  #forget(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
