import type { Identity } from "@gatehouse/edge/uplink/identity.ts";

/** An enrolled edge and the backlog that it is to begin with. */
export interface EdgeOrder {
  readonly identity: Identity;
  readonly entryLane: string;
  readonly exitLane: string;
  readonly events: number;
}

/** What the bench tells a process that holds edges; each order is answered once, by an `Answer` of its kind. */
export type Order =
  /** Open the stores, fetch the lots' data, and write the backlogs, with no link. */
  | { readonly kind: "fill"; readonly edges: readonly EdgeOrder[] }
  /** Link all edges and wait until the cloud has confirmed everything. */
  | { readonly kind: "drain" }
  /** Link the first edge and write an event every so often, until `fresh_end`. */
  | { readonly kind: "fresh"; readonly everyMs: number }
  | { readonly kind: "fresh_end" }
  /** The link of the first edge; nothing is awaited of its backlog. */
  | { readonly kind: "link" }
  | { readonly kind: "unlink" }
  /** Decide vehicles at a steady pace at the first edge. */
  | { readonly kind: "decide"; readonly everyMs: number; readonly times: number }
  | { readonly kind: "stop" };

export interface Answer {
  /** Milliseconds: of the drain from the first link to the last confirmation; of each fresh event; of each decision. */
  readonly ms: readonly number[];
  /** Processor time of this process while it worked on the order, ms. */
  readonly cpuMs: number;
  /** Events that wait when the order is done. */
  readonly pending: number;
}
