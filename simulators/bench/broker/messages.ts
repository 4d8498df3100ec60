import type { TestIdentity } from "@gatehouse/cloud/hub/testing/test-edge.ts";

/** What the bench tells the process that holds hub, broker and database; each order has one answer. */
export type HubOrder =
  /** Enrol so many devices, each at a lot of its own. */
  | { readonly kind: "enrol"; readonly devices: number }
  /** Nothing can be taken for so long; then the connections of the database that wait are cut. */
  | { readonly kind: "stall"; readonly ms: number }
  /** How many events are committed. */
  | { readonly kind: "count" }
  | { readonly kind: "stop" };

export interface HubAnswer {
  readonly identities: readonly TestIdentity[];
  readonly events: number;
}

/** What the bench tells the process that publishes; each order has one answer. */
export type LoadOrder =
  | { readonly kind: "connect"; readonly identities: readonly TestIdentity[] }
  /** Each device publishes the next event as soon as the one before is acknowledged. */
  | { readonly kind: "publish"; readonly ms: number }
  /** Nothing new; what is not confirmed is sent again until it is, or for so long. */
  | { readonly kind: "settle"; readonly ms: number }
  | { readonly kind: "stop" };

export interface LoadAnswer {
  /** Events made so far, and those of them that a device knows to be confirmed. */
  readonly made: number;
  readonly confirmed: number;
  /** Acknowledged messages so far. */
  readonly acknowledged: number;
  /** Connections that the other side has ended so far. */
  readonly cut: number;
}
