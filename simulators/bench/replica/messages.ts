import type { Identity } from "@gatehouse/edge/uplink/identity.ts";

/** What the bench tells the process that holds the edges; `link` and `commits` are answered once. */
export type Order =
  /** Open a store and link it, for each identity; answered when all have their lot's replica. */
  | { readonly kind: "link"; readonly identities: readonly Identity[] }
  /** Commit an empty transaction so many times at the first edge, one every so often: what a decision waits for. */
  | { readonly kind: "commits"; readonly times: number; readonly everyMs: number }
  | { readonly kind: "stop" };

export type Word =
  /** Monotonic ms of this machine: from the first link to the last replica. */
  | { readonly kind: "linked"; readonly ms: number }
  | { readonly kind: "commits"; readonly ms: readonly number[] }
  /** A version came into force at an edge, at a monotonic ms of this machine. */
  | { readonly kind: "in_force"; readonly lotId: string; readonly version: number; readonly at: number };

/** One clock for all processes of the machine, ms. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
