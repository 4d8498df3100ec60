/** Keys remembered beside those that wait, from which on the ones that have caught up are forgotten. */
const REMEMBERED_MAX = 1_024;

interface Entry<Item> {
  readonly key: string;
  readonly start: number;
  readonly finish: number;
  readonly item: Item;
}

/**
 * What waits, in the order in which it would end if all keys were served at once, each at the same speed: fair queueing by
 * finish times (Demers, Keshav, Shenker 1989), with the start of what was served last as the virtual time (Goyal, Vin,
 * Cheng 1996). A key that asks for little is served next, however much others have waiting; one that asks for much waits
 * until each other key has had as much since. Of one key the order is kept.
 */
export class FairQueue<Item> {
  /** In order of arrival, which also decides between equals. */
  readonly #waiting: Entry<Item>[] = [];
  /** Virtual time at which a key has had what it was given, and what it waits for. */
  readonly #finishes = new Map<string, number>();
  #now = 0;
  #sweepAt = REMEMBERED_MAX;

  /** Keys whose share is known; those that have caught up with the others count as new. */
  get remembered(): number {
    return this.#finishes.size;
  }

  /** Lets `item` wait. `cost`: what serving it takes, in any unit that is the same for all; above 0. */
  push(key: string, cost: number, item: Item): void {
    if (this.#finishes.size >= this.#sweepAt) this.#forgetCaughtUp();
    const start = Math.max(this.#now, this.#finishes.get(key) ?? 0);
    const finish = start + cost;
    this.#finishes.set(key, finish);
    this.#waiting.push({ key, start, finish, item });
  }

  /** Takes out what is to be served next; null when nothing waits. */
  shift(): Item | null {
    const entry = this.#takeOut(() => true);
    if (entry) this.#now = Math.max(this.#now, entry.start);
    return entry?.item ?? null;
  }

  /** Takes out the first that is `wanted`, before its turn: it counts for its key, and leaves the turns of the others. */
  shiftEarly(wanted: (item: Item) => boolean): Item | null {
    return this.#takeOut(wanted)?.item ?? null;
  }

  /** What was served of a key has cost `more` than was said, or less; its next item waits accordingly. */
  charge(key: string, more: number): void {
    this.#finishes.set(key, Math.max(this.#now, (this.#finishes.get(key) ?? this.#now) + more));
  }

  /** Looks at all that waits: a key lets few items wait, and serving one takes thousands of times longer. */
  #takeOut(wanted: (item: Item) => boolean): Entry<Item> | null {
    let next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [at, { finish, item }] of this.#waiting.entries()) {
      if (finish >= least || !wanted(item)) continue;
      next = at;
      least = finish;
    }
    return next < 0 ? null : (this.#waiting.splice(next, 1)[0] ?? null);
  }

  #forgetCaughtUp(): void {
    for (const [key, finish] of this.#finishes) if (finish <= this.#now) this.#finishes.delete(key);
    this.#sweepAt = Math.max(REMEMBERED_MAX, 2 * this.#finishes.size);
  }
}
