import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Room that the file holds beyond its last record, in bytes: some hundred records. It is written before it is needed, so
 * that a record made on a full disk needs no new block.
 */
export const RESERVED_BYTES = 262_144;

const NEWLINE = 0x0a;

/**
 * The append-only file of debts, one JSON object a line. What is not used yet is newlines, which are no records. One
 * write at a time; the caller waits for each before the next.
 */
export class DebtFile {
  readonly #handle: FileHandle;
  /** Where the next record goes. */
  #end: number;
  #size: number;

  private constructor(handle: FileHandle, end: number, size: number) {
    this.#handle = handle;
    this.#end = end;
    this.#size = size;
  }

  /** Opens the file, made new when it is not there, with the lines of earlier runs. */
  static async open(path: string): Promise<{ readonly file: DebtFile; readonly lines: readonly string[] }> {
    await mkdir(dirname(path), { recursive: true });
    // "a" makes the file, but would write to its end only.
    await (await open(path, "a", 0o600)).close();
    const handle = await open(path, "r+");
    const bytes = await handle.readFile();
    const lines = bytes
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    return { file: new DebtFile(handle, endOf(bytes), bytes.length), lines };
  }

  /** Makes the room. Rejects on a full disk; what room there is stays usable. */
  async reserve(): Promise<void> {
    const missing = this.#end + RESERVED_BYTES - this.#size;
    if (missing <= 0) return;
    await this.#write(Buffer.alloc(missing, NEWLINE), this.#size);
  }

  /** Resolves when the line is on the disk. */
  async append(line: string): Promise<void> {
    // The first newline ends a line that an earlier write left unfinished.
    const bytes = Buffer.from(`\n${line}\n`);
    await this.#write(bytes, this.#end);
    this.#end += bytes.length - 1;
  }

  /** Every line that is in the file now, oldest first. */
  async lines(): Promise<readonly string[]> {
    const bytes = Buffer.alloc(this.#end);
    await this.#handle.read(bytes, 0, bytes.length, 0);
    return bytes
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
  }

  get isEmpty(): boolean {
    return this.#end === 0;
  }

  /**
   * Forgets all lines, the oldest first: cut short by a power loss, a record goes before the line that ends it, and never
   * comes back to life.
   */
  async clear(): Promise<void> {
    await this.#write(Buffer.alloc(this.#end, NEWLINE), 0);
    this.#end = 0;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #write(bytes: Buffer, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, position + written);
      written += bytesWritten;
      this.#size = Math.max(this.#size, position + written);
    }
    await this.#handle.datasync();
  }
}

/** Behind the last byte that is no newline. */
function endOf(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === NEWLINE) end--;
  return end;
}
