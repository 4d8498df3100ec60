import type { ReplicaChange, ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { itemHash, xorHash } from "@gatehouse/shared/sync/replica-checksum.ts";
import type { Database } from "better-sqlite3";
import { termsOf } from "./replica-terms.ts";

/** Count and checksum of one generation. */
export interface ItemsDigest {
  readonly checksum: string;
  readonly items: number;
}

export interface ReplicaItems {
  put(generation: number, item: ReplicaItem, digest: ItemsDigest): ItemsDigest;
  change(generation: number, change: ReplicaChange, digest: ItemsDigest): ItemsDigest;
  /** Deletes at most `limit` items and terms of a generation; gives how many. */
  clear(generation: number, limit: number): number;
}

/** Items with their terms, always changed together; each change gives the digest that follows from it. */
export function prepareReplicaItems(db: Database): ReplicaItems {
  const find = db
    .prepare<[number, string, string], string>(
      "SELECT value FROM replica_items WHERE generation = ? AND collection = ? AND key = ?",
    )
    .pluck();
  const write = db.prepare<[number, string, string, string]>(
    "INSERT OR REPLACE INTO replica_items (generation, collection, key, value) VALUES (?, ?, ?, ?)",
  );
  const erase = db.prepare<[number, string, string]>(
    "DELETE FROM replica_items WHERE generation = ? AND collection = ? AND key = ?",
  );
  const writeTerm = db.prepare<[number, string, string, string, string]>(
    "INSERT INTO replica_terms (generation, kind, term, collection, key) VALUES (?, ?, ?, ?, ?)",
  );
  const eraseTerms = db.prepare<[number, string, string]>(
    "DELETE FROM replica_terms WHERE generation = ? AND collection = ? AND key = ?",
  );
  const clearItems = db.prepare<[number, number]>("DELETE FROM replica_items WHERE generation = ? LIMIT ?");
  const clearTerms = db.prepare<[number, number]>("DELETE FROM replica_terms WHERE generation = ? LIMIT ?");

  function remove(generation: number, collection: string, key: string, digest: ItemsDigest): ItemsDigest {
    const old = find.get(generation, collection, key);
    if (old === undefined) return digest;
    erase.run(generation, collection, key);
    eraseTerms.run(generation, collection, key);
    return {
      checksum: xorHash(digest.checksum, itemHash({ collection, key, value: old })),
      items: digest.items - 1,
    };
  }

  function put(generation: number, item: ReplicaItem, digest: ItemsDigest): ItemsDigest {
    const { collection, key, value } = item;
    const without = remove(generation, collection, key, digest);
    write.run(generation, collection, key, value);
    for (const { kind, term } of termsOf(collection, value)) writeTerm.run(generation, kind, term, collection, key);
    return { checksum: xorHash(without.checksum, itemHash(item)), items: without.items + 1 };
  }

  return {
    put,
    change: (generation, change, digest) => {
      switch (change.op) {
        case "put":
          return put(generation, change, digest);
        case "delete":
          return remove(generation, change.collection, change.key, digest);
        default:
          return assertNever(change);
      }
    },
    clear: (generation, limit) => clearItems.run(generation, limit).changes + clearTerms.run(generation, limit).changes,
  };
}
