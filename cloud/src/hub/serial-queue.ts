/** Does jobs one after the other; jobs must not reject. */
export class SerialQueue {
  readonly #max: number;
  #length = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(max: number) {
    this.#max = max;
  }

  /** False when too many wait already; the job is then dropped. */
  add(job: () => Promise<void>): boolean {
    if (this.#length >= this.#max) return false;
    this.#length++;
    this.#last = this.#last.then(job).finally(() => {
      this.#length--;
    });
    return true;
  }

  /** Resolves when all jobs added so far are done. */
  settled(): Promise<void> {
    return this.#last;
  }
}
