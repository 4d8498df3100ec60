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

/** The last hello of a run that was judged, by the run's monotonic time in it. */
export interface LastHello {
  readonly boot: string;
  readonly sentMono: number;
}

/**
 * - `fresh`: to be judged.
 * - `again`: the one that was judged last; its sender may have sent events since.
 * - `late`: the sender has said another one since; it tells nothing of where the sender stands now.
 *
 * A carrier that repeats or holds back a message (SYNC-17) thus makes no edge look as if its disk had been set back.
 */
export function judgeHelloOrder(last: LastHello | null, hello: LastHello): "fresh" | "again" | "late" {
  if (last === null || last.boot !== hello.boot || hello.sentMono > last.sentMono) return "fresh";
  return hello.sentMono === last.sentMono ? "again" : "late";
}
