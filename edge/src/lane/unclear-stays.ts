import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { DebtFile } from "./debt-file.ts";

/** Stays that are remembered; the oldest are forgotten. */
export const MAX_UNCLEAR = 256;

/**
 * Stays that may have paid, though no terminal can tell: none of them is asked for money again, at no lane and also not after
 * a restart. An append-only file of their ids.
 */
export class UnclearStays {
  readonly #path: string | null;
  readonly #stays = new Set<Uuid>();
  #file: DebtFile | null = null;

  /** A null path keeps them in memory only. */
  constructor(path: string | null) {
    this.#path = path;
  }

  /** Reads what earlier runs left. Rejects when the file can't be opened. */
  async open(): Promise<void> {
    if (this.#path === null) return;
    const { file, lines } = await DebtFile.open(this.#path);
    const last = lines.slice(-MAX_UNCLEAR);
    for (const line of last) this.#stays.add(line);
    this.#file = file;
    if (lines.length === last.length) return;
    await file.clear();
    for (const line of last) await file.append(line);
  }

  has(sessionId: Uuid): boolean {
    return this.#stays.has(sessionId);
  }

  add(sessionId: Uuid): void {
    const [oldest] = this.#stays;
    if (oldest !== undefined && this.#stays.size >= MAX_UNCLEAR) this.#stays.delete(oldest);
    this.#stays.add(sessionId);
  }

  /** Resolves when the id is on the disk. */
  async write(sessionId: Uuid): Promise<void> {
    await this.#file?.append(sessionId);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}
