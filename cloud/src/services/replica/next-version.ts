import type { ReplicaChange, ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import {
  type ReplicaCollection,
  type ReplicaValues,
  replicaCollections,
} from "@gatehouse/shared/contracts/replica/collections.ts";
import { canonicalJson, type Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { GatehouseError } from "@gatehouse/shared/kit/errors.ts";
import { itemHash, xorHash } from "@gatehouse/shared/sync/replica-checksum.ts";

/** An item to be there from now on, checked by its collection's contract; or one to be gone. */
export type ReplicaEdit =
  | {
      [Name in ReplicaCollection]: {
        readonly op: "put";
        readonly collection: Name;
        readonly value: ReplicaValues[Name];
      };
    }[ReplicaCollection]
  | { readonly op: "delete"; readonly collection: ReplicaCollection; readonly key: string };

export interface ReplicaHead {
  readonly version: number;
  readonly checksum: string;
  readonly itemCount: number;
}

export interface NextVersion {
  readonly head: ReplicaHead;
  readonly changes: readonly ReplicaChange[];
}

/** Throws `replica_item_invalid` when a value doesn't keep its collection's contract. */
export function toChange(edit: ReplicaEdit): ReplicaChange {
  if (edit.op === "delete") return { op: "delete", collection: edit.collection, key: edit.key };
  const contract = contractOf(edit.collection);
  const parsed = contract.schema.safeParse(edit.value);
  if (!parsed.success) throw invalidItem(edit.collection, parsed.error.message);
  const value = canonicalJson(parsed.data as Json);
  return { op: "put", collection: edit.collection, key: contract.keyOf(parsed.data), value };
}

/** The place of an item in a lot's replica, as one text. */
export function placeOf({ collection, key }: { readonly collection: string; readonly key: string }): string {
  return `${collection}\0${key}`;
}

/** The last change of each item, in the order of those last changes: what several versions amount to. */
export function foldChanges(changes: Iterable<ReplicaChange>): ReplicaChange[] {
  const last = new Map<string, ReplicaChange>();
  for (const change of changes) {
    const place = placeOf(change);
    last.delete(place);
    last.set(place, change);
  }
  return [...last.values()];
}

/** The version after `head`, or null when the changes change nothing. `held` are the items that they touch, as they are. */
export function nextVersion(
  head: ReplicaHead,
  held: readonly ReplicaItem[],
  wanted: readonly ReplicaChange[],
): NextVersion | null {
  const before = new Map(held.map((item) => [placeOf(item), item]));
  let { checksum, itemCount } = head;
  const changes = foldChanges(wanted).filter((change) => isRealChange(change, before.get(placeOf(change))));
  for (const change of changes) {
    const old = before.get(placeOf(change));
    if (old) checksum = xorHash(checksum, itemHash(old));
    if (change.op === "put") checksum = xorHash(checksum, itemHash(change));
    itemCount += (change.op === "put" ? 1 : 0) - (old ? 1 : 0);
  }
  return changes.length === 0 ? null : { head: { version: head.version + 1, checksum, itemCount }, changes };
}

function isRealChange(change: ReplicaChange, old: ReplicaItem | undefined): boolean {
  return change.op === "put" ? old?.value !== change.value : old !== undefined;
}

/** The contracts of all collections have one shape; which value belongs to which is settled by `schema`. */
function contractOf(collection: ReplicaCollection) {
  return replicaCollections[collection] as unknown as {
    readonly schema: (typeof replicaCollections)["permits"]["schema"];
    readonly keyOf: (value: unknown) => string;
  };
}

function invalidItem(collection: string, message: string): GatehouseError {
  return new GatehouseError("replica_item_invalid", `An item of ${collection} can't go to the gates: ${message}`);
}
