import { FairQueue } from "./fair-queue.ts";

export interface TurnstileOptions {
  /** Jobs that run at a time. */
  readonly places: number;
  /** More that run beside them: for small ones, which need wait neither until a large one has ended nor for their share. */
  readonly smallPlaces: number;
  /** Highest cost of a small job. */
  readonly smallMax: number;
}

/** What a job knows of its turn. */
export interface Turn {
  /** Says what the job costs indeed, once that is known; its device's next job waits accordingly. */
  costs(cost: number): void;
}

interface Waiting {
  readonly isSmall: boolean;
  readonly begin: (place: Place) => void;
}

type Place = "any" | "small";

/** Lets a number of jobs run at a time; the others wait for fair turns, so a device with little is before those with much. */
export class Turnstile {
  readonly #smallMax: number;
  readonly #free: Record<Place, number>;
  readonly #waiting = new FairQueue<Waiting>();

  constructor({ places, smallPlaces, smallMax }: TurnstileOptions) {
    this.#smallMax = smallMax;
    this.#free = { any: places, small: smallPlaces };
  }

  /** Runs `job` when it is the turn of `device`, and gives what it gives. `cost`: as far as known, in one unit for all. */
  async run<T>(device: string, cost: number, job: (turn: Turn) => Promise<T>): Promise<T> {
    let charged = cost;
    const costs = (indeed: number): void => {
      this.#waiting.charge(device, indeed - charged);
      charged = indeed;
    };
    const place = await this.#enter(device, cost);
    try {
      return await job({ costs });
    } finally {
      this.#free[place]++;
      this.#admit();
    }
  }

  #enter(device: string, cost: number): Promise<Place> {
    return new Promise((begin) => {
      this.#waiting.push(device, cost, { isSmall: cost <= this.#smallMax, begin });
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#free.any > 0 && this.#begin("any", this.#waiting.shift()));
    const isSmall = (job: Waiting): boolean => job.isSmall;
    while (this.#free.small > 0 && this.#begin("small", this.#waiting.shiftEarly(isSmall)));
  }

  #begin(place: Place, job: Waiting | null): boolean {
    if (!job) return false;
    this.#free[place]--;
    job.begin(place);
    return true;
  }
}
