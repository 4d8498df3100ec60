/** Bytes of batches, as they came, that may wait in one hub process; unpacked they take a few times as much. */
const QUEUED_MAX_BYTES = 128 * 1_048_576;

/** Counts what all connections of a hub have queued, so that many lots at once can't exhaust its memory. */
export class IntakeBudget {
  #bytes = 0;

  hasRoom(): boolean {
    return this.#bytes < QUEUED_MAX_BYTES;
  }

  take(bytes: number): void {
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
