import { type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import type { DiskStep } from "./disk-trace.ts";

/** What a card writes whole or not at all. */
const SECTOR_BYTES = 512;

type FileStep = Extract<DiskStep, { readonly file: string }>;
type Pending = Exclude<FileStep, { kind: "flush" }>;

/** What became of the writes that were not flushed when the power went. */
export const FATES = ["dropped", "kept", "cut_short", "torn"] as const;
export type Fate = (typeof FATES)[number];

/** The files after a power cut; a file that was never flushed may not be there. */
export type CrashState = ReadonlyMap<string, Buffer>;

interface TracedFile {
  flushed: FileContent | null;
  pending: Pending[];
}

/**
 * The disk below a process, as far as a power cut goes: what was flushed stays; of what was written since, a card may have
 * all, nothing, the first part, or any sectors in any order. The file system keeps a journal (ext4, as on the images that
 * this product is made for), so the next flush of any file also makes earlier deletions last.
 */
export class CrashDisk {
  readonly #files = new Map<string, TracedFile>();

  step(step: DiskStep): void {
    if (step.kind === "said") return;
    const file = this.#files.get(step.file) ?? { flushed: null, pending: [] };
    this.#files.set(step.file, file);
    if (step.kind !== "flush") return void file.pending.push(step);
    for (const other of this.#files.values()) settleDeletion(other);
    file.flushed = after(file.flushed ?? new FileContent(), file.pending);
    file.pending = [];
  }

  /** How many writes a power cut would put in doubt now; SQLite builds its shared memory anew and never flushes it. */
  get unflushed(): number {
    const files = [...this.#files].filter(([name]) => !name.endsWith("-shm"));
    return files.reduce((sum, [, { pending }]) => sum + pending.length, 0);
  }

  /** The files if the power went now. */
  crash(fate: Fate, random: Random): CrashState {
    const state = new Map<string, Buffer>();
    for (const [name, { flushed, pending }] of this.#files) {
      const copy = flushed && new FileContent(flushed.bytes());
      const content = after(copy, survivors(pending, fate, random));
      if (content !== null) state.set(name, content.bytes());
    }
    return state;
  }
}

function settleDeletion(file: TracedFile): void {
  const at = file.pending.findLastIndex(({ kind }) => kind === "delete");
  if (at < 0) return;
  file.flushed = null;
  file.pending = file.pending.slice(at + 1);
}

function survivors(pending: readonly Pending[], fate: Fate, random: Random): readonly Pending[] {
  switch (fate) {
    case "dropped":
      return [];
    case "kept":
      return pending;
    case "cut_short":
      return pending.slice(0, randomInt(random, 0, pending.length));
    case "torn":
      return pending.flatMap((step) => (step.kind === "write" ? sectorsOf(step, random) : half(random) ? [step] : []));
  }
}

/** The sectors of a write that reached the card; each by chance. */
function sectorsOf({ file, offset, data }: Extract<Pending, { kind: "write" }>, random: Random): readonly Pending[] {
  const parts: Pending[] = [];
  for (let from = 0; from < data.length; ) {
    const to = Math.min(data.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES));
    if (half(random)) parts.push({ kind: "write", file, offset: offset + from, data: data.subarray(from, to) });
    from = to;
  }
  return parts;
}

function half(random: Random): boolean {
  return random.next() < 0.5;
}

/** A file's bytes, with room to grow. */
class FileContent {
  #bytes: Buffer;
  #size: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#size = bytes.length;
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#size));
  }

  apply(step: Exclude<Pending, { kind: "delete" }>): void {
    if (step.kind === "truncate") return this.#resize(step.size);
    this.#resize(Math.max(this.#size, step.offset + step.data.length));
    step.data.copy(this.#bytes, step.offset);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#size);
      this.#bytes = grown;
    }
    // What is beyond a shorter end must read as zero if the file grows again.
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

/** The file after the steps; null where it is deleted. */
function after(content: FileContent | null, steps: readonly Pending[]): FileContent | null {
  let now = content;
  for (const step of steps) {
    if (step.kind === "delete") {
      now = null;
      continue;
    }
    now ??= new FileContent();
    now.apply(step);
  }
  return now;
}
