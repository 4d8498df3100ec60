/** Time between two vehicles at 100 a second. */
export const PACE_MS = 10;

/** How much is measured. */
export interface Size {
  readonly permits: number;
  readonly lanes: number;
  readonly rounds: number;
  /** Decisions before the first measured one. */
  readonly warmUps: number;
  readonly forMs: number;
}

/** 64 lanes are what a site may have. */
const FULL: Size = { permits: 100_000, lanes: 64, rounds: 7, warmUps: 3_000, forMs: 1_500 };
/** Some seconds, to see that everything works. */
const SHORT: Size = { permits: 2_000, lanes: 16, rounds: 5, warmUps: 400, forMs: 150 };

export function sizeOf({ short }: { readonly short: boolean }): Size {
  return short ? SHORT : FULL;
}
