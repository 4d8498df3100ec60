import {
  nextVersion,
  placeOf,
  type ReplicaEdit,
  type ReplicaHead,
  toChange,
} from "@gatehouse/cloud/services/replica/next-version.ts";
import {
  deltasTo,
  type ReplicaQuestion,
  type ReplicaStep,
  type ReplicaUpdate,
  snapshotParts,
} from "@gatehouse/cloud/services/replica/update-messages.ts";
import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";

interface Tables {
  readonly head: ReplicaHead;
  readonly items: ReadonlyMap<string, ReplicaItem>;
  readonly steps: readonly ReplicaStep[];
}

/** A model of one lot's replica tables; what follows from their rows is said by the services' own functions. */
export class MemoryReplica {
  #tables: Tables = { head: { version: 0, checksum: EMPTY_CHECKSUM, itemCount: 0 }, items: new Map(), steps: [] };

  head(): ReplicaHead {
    return this.#tables.head;
  }

  /** By collection and key, as of the head. Never changed, only replaced. */
  items(): ReadonlyMap<string, ReplicaItem> {
    return this.#tables.items;
  }

  /** Commits edits as one version; false when they change nothing. */
  record(edits: readonly ReplicaEdit[]): boolean {
    const { head, items, steps } = this.#tables;
    const wanted = edits.map(toChange);
    const touched = wanted.flatMap((change) => items.get(placeOf(change)) ?? []);
    const next = nextVersion(head, touched, wanted);
    if (!next) return false;
    const after = new Map(items);
    for (const change of next.changes) {
      const { collection, key } = change;
      if (change.op === "delete") after.delete(placeOf(change));
      else after.set(placeOf(change), { collection, key, value: change.value });
    }
    const { version, checksum } = next.head;
    const step = { version, checksum, changes: next.changes };
    this.#tables = { head: next.head, items: after, steps: [...steps, step] };
    return true;
  }

  /** What brings an edge to the head. */
  read({ have, want }: ReplicaQuestion): ReplicaUpdate {
    const { head: whole, items, steps } = this.#tables;
    const head = { version: whole.version, checksum: whole.checksum };
    const later = steps.filter(({ version }) => version > have.version);
    const deltas = want === "deltas" ? deltasTo(head, have, later) : null;
    if (deltas) return deltas;
    const places = [...items].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const all = places.map(([, item]) => item);
    return { head, messages: snapshotParts(head, all) };
  }

  /** Drops the changes of all but the last `kept` versions. */
  compact(kept: number): void {
    const { head, steps } = this.#tables;
    this.#tables = { ...this.#tables, steps: steps.filter(({ version }) => version > head.version - kept) };
  }

  /** Tables are replaced and never changed, so they are their own backup. */
  backup(): Tables {
    return this.#tables;
  }

  /** Becomes what it was when `tables` were backed up. */
  restore(tables: Tables): void {
    this.#tables = tables;
  }
}
