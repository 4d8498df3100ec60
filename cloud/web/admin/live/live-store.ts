import { type Arrival, afterArrivals, initialState, type LiveState } from "./state.ts";

/** At this many waiting arrivals they are taken in at once; a hidden page draws no frames that would do it. */
const MAX_WAITING = 2_000;

export interface LiveStoreOptions {
  /** Calls back before the next drawing of the page, or soon when it is hidden. */
  readonly nextFrame: (fire: () => void) => void;
}

/** Holds the live state for React; everything that arrives between two frames becomes one change. */
export class LiveStore {
  readonly #options: LiveStoreOptions;
  readonly #listeners = new Set<() => void>();
  #state: LiveState = initialState;
  #waiting: Arrival[] = [];
  #isAsked = false;

  constructor(options: LiveStoreOptions) {
    this.#options = options;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LiveState => this.#state;

  take(arrival: Arrival): void {
    this.#waiting.push(arrival);
    if (this.#waiting.length >= MAX_WAITING) return this.flush();
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#options.nextFrame(() => this.flush());
  }

  /** Takes in what waits, now. */
  flush(): void {
    this.#isAsked = false;
    if (this.#waiting.length === 0) return;
    const arrivals = this.#waiting;
    this.#waiting = [];
    this.#state = afterArrivals(this.#state, arrivals);
    for (const listener of this.#listeners) listener();
  }

  /** Forgets everything, as after signing out. */
  clear(): void {
    this.#waiting = [];
    this.#state = initialState;
    for (const listener of this.#listeners) listener();
  }
}
