/** The runs of an edge that the receiver has heard of: the last one, and those that another one came after. */
export interface KnownBoots {
  readonly last: string | null;
  readonly isSuperseded: boolean;
}

/**
 * - `same`: the run that was heard last.
 * - `next`: a new run, which ends those before it.
 * - `clone`: a run that another one came after speaks again. A process that has ended can't, so two computers run with one
 *   identity (SYNC-07).
 */
export type BootVerdict = "same" | "next" | "clone";

/** Judges the boot id in a hello; `isSuperseded` is what is known of that very id. */
export function judgeBoot({ last, isSuperseded }: KnownBoots, boot: string): BootVerdict {
  if (boot === last) return "same";
  return isSuperseded ? "clone" : "next";
}
