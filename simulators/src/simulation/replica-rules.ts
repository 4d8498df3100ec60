import { placeOf, type ReplicaHead } from "@gatehouse/cloud/services/replica/next-version.ts";
import { CLOUD_TIME_MAX_ROUND_TRIP_MS } from "@gatehouse/edge/uplink/cloud-time.ts";
import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { ReplicaClass } from "@gatehouse/shared/domain/access/facts.ts";
import { freshnessOf } from "@gatehouse/shared/domain/access/trust.ts";
import { EMPTY_CHECKSUM } from "@gatehouse/shared/sync/replica-checksum.ts";
import type { MemoryReplica } from "./memory-replica.ts";
import { entryKey, permitKey, plateOf } from "./replica-traffic.ts";
import type { Verdicts } from "./sync-rules.ts";
import { LONGEST_WAY_MS } from "./virtual-network.ts";
import type { OpenReplica, ReplicaState, ReplicaStep } from "./virtual-replica.ts";

/** A replica's age may be told too low by the longest way of a message, where no answer came soon enough to tell the time. */
const AGE_ERROR_MAX_MS = LONGEST_WAY_MS + CLOUD_TIME_MAX_ROUND_TRIP_MS;
/** SYNC-10: from a change in the cloud until it is in force at a connected edge. */
export const REPLICA_CHANGE_MS = 500;
const CLASSES: readonly ReplicaClass[] = ["permits", "reservations", "blocklist", "credits"];

/** One version that the cloud has had. */
interface Known {
  readonly items: ReadonlyMap<string, ReplicaItem>;
  /** When it stopped to be the present one; null while it is. */
  endedAt: number | null;
  /** A restored cloud has never heard of it. */
  isUndone: boolean;
}

interface Marked {
  readonly id: string;
  readonly word: string;
}

/** Judges one lot's replica from outside: what the cloud has committed, and what is in force at the edge (SYNC-09, SYNC-10). */
export class ReplicaWatch {
  /** How often a version came into force by a snapshot. */
  snapshots = 0;
  /** How often an earlier version than the one before came into force. */
  backs = 0;
  /** How often the edge found that it would not have been the cloud's. */
  mismatches = 0;
  /** How often a part was kept that was not the last. */
  stagings = 0;
  readonly #known = new Map<string, Known>();
  readonly #verdicts: Verdicts;
  readonly #name: string;
  readonly #now: () => number;
  #presentSince = 0;
  #present = keyOf({ version: 0, checksum: EMPTY_CHECKSUM });

  constructor(verdicts: Verdicts, name: string, now: () => number) {
    this.#verdicts = verdicts;
    this.#name = name;
    this.#now = now;
    this.#known.set(this.#present, { items: new Map(), endedAt: null, isUndone: false });
  }

  /** The cloud has committed a version. */
  published(replica: MemoryReplica): void {
    this.#end(false);
    this.#begin(replica.head(), replica.items());
  }

  /** The cloud came back from a backup: later versions were never there. */
  restored(replica: MemoryReplica): void {
    const head = replica.head();
    if (keyOf(head) === this.#present) return;
    const { version: kept } = head;
    for (const [key, known] of this.#known) if (versionOf(key) > kept) known.isUndone = true;
    this.#end(true);
    this.#begin(head, replica.items());
  }

  /** Another version is in force at the edge; `computed` is the checksum of what is really there. */
  inForce({ before, after, by }: ReplicaStep, computed: string): void {
    const isForward = after.version > before.version;
    if (by === "snapshot") this.snapshots++;
    if (!isForward) this.backs++;
    const known = this.#known.get(keyOf(after));
    this.#judge("SYNC-09", known !== undefined, () => `version ${after.version} is in force and was never the cloud's`);
    this.#judge("SYNC-09", computed === after.checksum, () => `version ${after.version} is in force, and not wholly`);
    const mayGoBack = by === "snapshot" && this.#known.get(keyOf(before))?.isUndone === true;
    const words = `version ${after.version} comes after ${before.version} by a ${by}`;
    this.#judge("SYNC-09", isForward || mayGoBack, () => words);
  }

  /** The agent has started: what its store holds is still one version. */
  started({ status, recomputeChecksum }: OpenReplica): void {
    const { version, checksum } = status();
    this.#judge("SYNC-09", this.#known.has(keyOf(status())), () => `a start brought version ${version} of nobody`);
    this.#judge("SYNC-09", recomputeChecksum() === checksum, () => `a start found half of version ${version}`);
  }

  /** A decision looks up a plate, and how old all is. */
  decides({ facts, status, ageMs }: OpenReplica, plate: number, lotId: string): void {
    const known = this.#known.get(keyOf(status()));
    if (known === undefined) return;
    const found = facts.find({ plate: plateOf(plate), code: null });
    const permits = found.permits.map(({ permit_id: id, holder_label: word }) => ({ id, word }));
    const entries = found.blocklist.map(({ entry_id: id, reason: word }) => ({ id, word }));
    const seen = JSON.stringify({ permits, entries });
    const wanted = JSON.stringify(wantedOf(known, plate));
    this.#judge("SYNC-09", seen === wanted, () => `version ${status().version} shows ${seen} and has ${wanted}`);
    this.#judgeAge(status(), ageMs(), facts.policy(lotId));
  }

  /** What the edge has after a calm while is the cloud's, and it knows so. */
  calm({ status, recomputeChecksum, ageMs }: OpenReplica, ageMaxMs: number): void {
    const isSame = recomputeChecksum() === this.presentChecksum() || this.#isFresh(REPLICA_CHANGE_MS);
    this.#judge("SYNC-09", isSame, () => "at rest the replica is not the cloud's");
    const age = ageMs();
    const isKnown = age !== null && age <= ageMaxMs;
    this.#judge("SYNC-10", isKnown, () => `a calm link's replica (${status().version}) counts as ${age} ms old`);
  }

  /** A change on a calm link is in force `withinMs` after it was committed. */
  reached({ status }: OpenReplica, withinMs: number): void {
    const { version } = status();
    const isThere = keyOf(status()) === this.#present || this.#isFresh(withinMs);
    this.#judge("SYNC-10", isThere, () => `${withinMs} ms after a change version ${version} is still in force`);
  }

  isPresent(state: ReplicaState): boolean {
    return keyOf(state) === this.#present;
  }

  presentChecksum(): string {
    return this.#present.slice(this.#present.indexOf(":") + 1);
  }

  #judgeAge(state: ReplicaState, ageMs: number | null, policy: LotPolicy | null): void {
    const endedAt = this.#known.get(keyOf(state))?.endedAt ?? null;
    const atLeastMs = endedAt === null ? 0 : this.#now() - endedAt - AGE_ERROR_MAX_MS;
    const isHonest = ageMs === null || ageMs >= atLeastMs;
    this.#judge("SYNC-10", isHonest, () => `version ${state.version} counts as ${ageMs} ms old, and is ${atLeastMs}`);
    if (policy === null) return;
    for (const one of CLASSES) {
      const told = freshnessOf({ replica: { version: state.version, ageMs } }, policy, one);
      const truth = freshnessOf({ replica: { version: state.version, ageMs: Math.max(0, atLeastMs) } }, policy, one);
      const holds = told !== "fresh" || truth === "fresh";
      this.#judge("SYNC-10", holds, () => `${one} count as fresh at an age of ${atLeastMs} ms`);
    }
  }

  /** Somebody has changed it again so shortly ago that it may be on its way. */
  #isFresh(withinMs: number): boolean {
    return this.#now() - this.#presentSince < withinMs;
  }

  #begin(head: ReplicaHead, items: ReadonlyMap<string, ReplicaItem>): void {
    this.#present = keyOf(head);
    this.#presentSince = this.#now();
    this.#known.set(this.#present, { items, endedAt: null, isUndone: false });
  }

  #end(isUndone: boolean): void {
    const known = this.#known.get(this.#present);
    if (!known) return;
    known.endedAt = this.#now();
    known.isUndone = isUndone;
  }

  #judge(rule: "SYNC-09" | "SYNC-10", holds: boolean, how: () => string): void {
    this.#verdicts.judge(rule, holds, () => `${this.#name}: ${how()}`);
  }
}

function keyOf({ version, checksum }: ReplicaState): string {
  return `${version}:${checksum}`;
}

function versionOf(key: string): number {
  return Number(key.slice(0, key.indexOf(":")));
}

/** What a version holds of a plate, by the words that its changes were marked with. */
function wantedOf({ items }: Known, plate: number): { permits: readonly Marked[]; entries: readonly Marked[] } {
  const word = (collection: string, key: string, field: string): readonly Marked[] => {
    const item = items.get(placeOf({ collection, key }));
    if (!item) return [];
    const value = JSON.parse(item.value) as Readonly<Record<string, string>>;
    return [{ id: key, word: value[field] ?? "" }];
  };
  return {
    permits: word("permits", permitKey(plate), "holder_label"),
    entries: word("blocklist", entryKey(plate), "reason"),
  };
}
