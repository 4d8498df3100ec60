/** Largest text of one event. */
export const MAX_PART_TEXT_BYTES = 262_144;
/** Largest picture that is read past. */
export const MAX_PICTURE_BYTES = 16 * 1_048_576;
/** Longest head of a part. */
const MAX_HEAD_BYTES = 4_096;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const DASH = 0x2d;

export type StreamPart =
  | { readonly kind: "text"; readonly contentType: string; readonly body: Buffer }
  /** A picture that was read past. */
  | { readonly kind: "picture"; readonly contentType: string; readonly bytes: number }
  /** A text that is larger than an event may be, or a head without end; what belonged to it is dropped. */
  | { readonly kind: "too_large" };

interface Head {
  readonly contentType: string;
  readonly isPicture: boolean;
}

type State =
  | { readonly kind: "between" }
  | { readonly kind: "head" }
  /** Ends after so many bytes. */
  | { readonly kind: "counted"; readonly head: Head; readonly length: number; left: number }
  /** Ends at the next boundary. */
  | { readonly kind: "open"; readonly head: Head; passed: number };

/**
 * Splits a `multipart/x-mixed-replace` stream into its parts, fed with chunks that are cut anywhere.
 *
 * Made for what cameras send: lines end in CRLF or LF; a part tells its Content-Length, or none, or zero; a picture may
 * contain the boundary. Where the length is told it is believed; else a text ends at the next line that is a boundary,
 * and a JPEG only at one that follows its end marker. Pictures are not kept, and nothing else is kept over its limit.
 */
export class MixedReplaceSplitter {
  readonly #boundary: Buffer;
  #buffer: Buffer = Buffer.alloc(0);
  #state: State = { kind: "between" };
  /** Whether the buffer begins with a line. */
  #startsLine = true;
  /** Bytes of the buffer in which no boundary begins. */
  #scanned = 0;

  /** `boundary` as in the Content-Type header, where firmware may have put the dashes, too. */
  constructor(boundary: string) {
    this.#boundary = Buffer.from(`--${boundary.replace(/^-{1,2}/, "")}`);
  }

  /** Bytes that are kept until more comes. */
  get kept(): number {
    return this.#buffer.length;
  }

  feed(chunk: Buffer): readonly StreamPart[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const parts: StreamPart[] = [];
    while (this.#step(parts));
    // Don't hold on to a chunk of which little is left.
    if (this.#buffer.length > 0 && this.#buffer.length < this.#buffer.buffer.byteLength / 2)
      this.#buffer = Buffer.from(this.#buffer);
    return parts;
  }

  /**
   * The text part that is under way and has no length, when what came of it ends with a line or a bracket: it may be
   * whole, with the boundary coming only with the next event. It will be among the parts again.
   */
  peek(): StreamPart | null {
    if (this.#state.kind !== "open" || this.#state.head.isPicture || this.#buffer.length === 0) return null;
    const last = this.#buffer.at(-1);
    if (last !== NEWLINE && last !== 0x7d && last !== 0x3e) return null;
    return { kind: "text", contentType: this.#state.head.contentType, body: Buffer.from(this.#buffer) };
  }

  /** Goes one step; false when it needs more bytes. */
  #step(parts: StreamPart[]): boolean {
    switch (this.#state.kind) {
      case "between":
        return this.#findNext();
      case "head":
        return this.#readHead(parts);
      case "counted":
        return this.#readCounted(this.#state, parts);
      case "open":
        return this.#state.head.isPicture ? this.#passPicture(this.#state, parts) : this.#readOpen(this.#state, parts);
    }
  }

  #findNext(): boolean {
    const at = this.#findBoundary(() => true);
    if (at === null) {
      this.#drop(Math.max(0, this.#buffer.length - this.#longestBoundary));
      return false;
    }
    this.#drop(this.#buffer.indexOf(NEWLINE, at) + 1);
    this.#state = { kind: "head" };
    return true;
  }

  #readHead(parts: StreamPart[]): boolean {
    let from = 0;
    let end: number | null = null;
    while (end === null) {
      const newline = this.#buffer.indexOf(NEWLINE, from);
      if (newline < 0) break;
      const isEmpty = newline === from || (newline === from + 1 && this.#buffer[from] === RETURN);
      if (isEmpty) end = newline + 1;
      // A boundary after a boundary: the part before had nothing.
      else if (this.#isBoundaryLine(from)) {
        this.#drop(newline + 1);
        from = 0;
      } else from = newline + 1;
      if (from > MAX_HEAD_BYTES) break;
    }
    if (end === null) {
      if (this.#buffer.length <= MAX_HEAD_BYTES) return false;
      parts.push({ kind: "too_large" });
      this.#drop(MAX_HEAD_BYTES);
      this.#startAnew();
      return true;
    }
    const fields = headFields(this.#buffer.toString("latin1", 0, end));
    this.#drop(end);
    const contentType = fields.get("content-type") ?? "";
    const head = { contentType, isPicture: /^\s*(image|video|application\/octet)/i.test(contentType) };
    const told = fields.get("content-length") ?? "";
    const length = /^\d{1,9}$/.test(told) ? Number(told) : 0;
    if (length > (head.isPicture ? MAX_PICTURE_BYTES : MAX_PART_TEXT_BYTES)) {
      parts.push({ kind: "too_large" });
      this.#startAnew();
    } else {
      this.#state = length > 0 ? { kind: "counted", head, length, left: length } : { kind: "open", head, passed: 0 };
    }
    return true;
  }

  #readCounted(state: Extract<State, { kind: "counted" }>, parts: StreamPart[]): boolean {
    const { head, length } = state;
    if (!head.isPicture) {
      if (this.#buffer.length < length) return false;
      parts.push({ kind: "text", contentType: head.contentType, body: Buffer.from(this.#buffer.subarray(0, length)) });
      this.#drop(length);
    } else {
      const passed = Math.min(state.left, this.#buffer.length);
      this.#drop(passed);
      state.left -= passed;
      if (state.left > 0) return false;
      parts.push({ kind: "picture", contentType: head.contentType, bytes: length });
    }
    // Some firmware puts no line's end between a part and its boundary.
    this.#startsLine = true;
    this.#startAnew();
    return true;
  }

  #readOpen({ head }: Extract<State, { kind: "open" }>, parts: StreamPart[]): boolean {
    const at = this.#findBoundary(() => true);
    if (at === null) {
      if (this.#buffer.length <= MAX_PART_TEXT_BYTES) return false;
      parts.push({ kind: "too_large" });
      this.#drop(this.#buffer.length);
      this.#startAnew();
      return false;
    }
    const body = Buffer.from(this.#buffer.subarray(0, at));
    if (body.length > 0) parts.push({ kind: "text", contentType: head.contentType, body });
    this.#drop(at);
    this.#startAnew();
    return true;
  }

  #passPicture(state: Extract<State, { kind: "open" }>, parts: StreamPart[]): boolean {
    const at = this.#findBoundary((start) => this.#followsJpegEnd(start));
    // What may be the beginning of a boundary, and the picture's last bytes before it.
    const kept = this.#boundary.length + 16;
    const passed = at ?? Math.max(0, this.#buffer.length - kept);
    this.#drop(passed);
    state.passed += passed;
    if (at !== null) parts.push({ kind: "picture", contentType: state.head.contentType, bytes: state.passed });
    else if (state.passed <= MAX_PICTURE_BYTES) return false;
    else parts.push({ kind: "too_large" });
    this.#startAnew();
    return true;
  }

  /** Where the next line begins that is a boundary and for which `counts` holds. */
  #findBoundary(counts: (start: number) => boolean): number | null {
    for (let from = Math.max(0, this.#scanned - this.#longestBoundary); ; ) {
      const found = this.#buffer.indexOf(this.#boundary, from);
      if (found < 0) break;
      let start = found;
      while (start > 0 && found - start < 2 && this.#buffer[start - 1] === DASH) start--;
      const beginsLine = start === 0 ? this.#startsLine : this.#buffer[start - 1] === NEWLINE;
      if (beginsLine && this.#isBoundaryLine(start) && counts(start)) return start;
      from = found + 1;
    }
    this.#scanned = this.#buffer.length;
    return null;
  }

  /** Bytes at the end of the buffer in which a boundary may have begun. */
  get #longestBoundary(): number {
    return this.#boundary.length + 8;
  }

  /** Whether a whole boundary line begins at `start`: dashes, the boundary, perhaps dashes, and the line's end. */
  #isBoundaryLine(start: number): boolean {
    if (this.#buffer[start] !== DASH) return false;
    const length = this.#boundary.length;
    const found = [0, 1, 2].find((extra) =>
      this.#buffer.subarray(start + extra, start + extra + length).equals(this.#boundary),
    );
    if (found === undefined) return false;
    for (let index = start + found + length; index < this.#buffer.length; index++) {
      const byte = this.#buffer[index];
      if (byte === NEWLINE) return true;
      if (byte !== RETURN && byte !== DASH && byte !== 0x20) return false;
    }
    return false;
  }

  /** ITU-T T.81, B.1.1.3: a JPEG ends with FF D9. */
  #followsJpegEnd(start: number): boolean {
    let end = start;
    while (end > 0 && (this.#buffer[end - 1] === NEWLINE || this.#buffer[end - 1] === RETURN)) end--;
    return this.#buffer[end - 1] === 0xd9 && this.#buffer[end - 2] === 0xff;
  }

  #startAnew(): void {
    this.#state = { kind: "between" };
  }

  #drop(bytes: number): void {
    if (bytes === 0) return;
    this.#startsLine = this.#buffer[bytes - 1] === NEWLINE;
    this.#buffer = this.#buffer.subarray(bytes);
    this.#scanned = Math.max(0, this.#scanned - bytes);
  }
}

function headFields(head: string): ReadonlyMap<string, string> {
  return new Map(
    head.split(/\r?\n/).flatMap((line) => {
      const [, name, value] = /^([!-9;-~]+)\s*:\s*(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value.trim()] as const];
    }),
  );
}
