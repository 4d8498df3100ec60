const REMEMBERED = 512;

/** Remembers a camera's latest event ids, so that a repeated POST is one read. Bounded: the oldest are forgotten. */
export class SeenEvents {
  #ids = new Set<string>();

  /** True the first time an id is shown. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > REMEMBERED) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }
}
