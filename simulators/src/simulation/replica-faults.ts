import { MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { pick, type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import type { FaultSite } from "./sync-faults.ts";
import type { VirtualLot } from "./virtual-lot.ts";
import type { ReplicaDeath } from "./virtual-replica.ts";

/** Faults on the way of what gates decide by. */
export const REPLICA_FAULTS = [
  "replica_spoilt",
  "snapshot_cut",
  "replica_again",
  "death_replica_queued",
  "death_replica_in_work",
  "death_replica_committed",
] as const;

export type ReplicaFault = (typeof REPLICA_FAULTS)[number];

const CHANGES_OF_A_FAULT = 4;
/** Chance that a message of the replica comes otherwise than it was sent. */
const SPOILS = 0.5;

/** Makes one fault happen to a lot's replica, and lets it last. */
export async function injectReplicaFault(kind: ReplicaFault, lot: VirtualLot, site: FaultSite): Promise<void> {
  const { random, network } = site;
  switch (kind) {
    case "replica_spoilt":
      network.spoilReplica(lot.deviceId, (payload) => (random.next() < SPOILS ? spoilt(payload, random) : payload));
      await changes(lot, site, CHANGES_OF_A_FAULT);
      // Not for longer: while a clone makes connections change hands for days, each would bring whole snapshots.
      return network.spoilReplica(lot.deviceId, null);
    case "snapshot_cut":
      return cutSnapshot(lot, site);
    case "replica_again":
      return deliverAgain(lot, site);
    case "death_replica_queued":
      return dieOfReplica(lot, site, "replica_queued");
    case "death_replica_in_work":
      return dieOfReplica(lot, site, "replica_in_work");
    case "death_replica_committed":
      return dieOfReplica(lot, site, "replica_committed");
    default:
      return assertNever(kind);
  }
}

/** A change of what the gates decide by; sometimes the hub hears of it only when it is asked. */
export function changeReplica(lot: VirtualLot, { hub, random }: Pick<FaultSite, "hub" | "random">): void {
  lot.replica.change();
  if (random.next() < 0.8) hub.handlers()?.replicaChanged(lot.lotId);
}

async function changes(lot: VirtualLot, site: FaultSite, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (site.random.next() < 0.3) lot.replica.forgetSteps();
    changeReplica(lot, site);
    await site.pass(randomInt(site.random, 1, MINUTE_MS));
  }
}

/** A snapshot's parts are on their way, when the connection ends or the agent dies. */
async function cutSnapshot(lot: VirtualLot, site: FaultSite): Promise<void> {
  const { random, network, pass } = site;
  for (let i = 0; i < CHANGES_OF_A_FAULT; i++) {
    network.setWay(lot.deviceId, { kind: "bad", lose: 0, repeat: 0.2, delayMaxMs: 8_000 });
    changeReplica(lot, site);
    lot.replica.forgetSteps();
    await pass(randomInt(random, 1_000, 15_000));
    if (random.next() < 0.5) network.reset(lot.deviceId);
    else lot.edge.kill();
    await pass(randomInt(random, 1, 20_000));
  }
}

/** A snapshot and what changed after it came, and come once more. */
async function deliverAgain(lot: VirtualLot, site: FaultSite): Promise<void> {
  lot.replica.forgetSteps();
  changeReplica(lot, site);
  lot.replica.forgetSteps();
  await site.pass(MINUTE_MS);
  await changes(lot, site, 1);
  site.network.deliverReplicaAgain(lot.deviceId);
  await changes(lot, site, 1);
}

/** A delta or, as often, a snapshot in parts comes while the agent is about to die. */
async function dieOfReplica(lot: VirtualLot, site: FaultSite, step: ReplicaDeath): Promise<void> {
  for (let i = 0; i < CHANGES_OF_A_FAULT; i++) {
    await changes(lot, site, 1);
    lot.edge.dieAt(step);
    if (site.random.next() < 0.5) lot.replica.forgetSteps();
    changeReplica(lot, site);
    await site.pass(randomInt(site.random, 1, MINUTE_MS));
  }
}

/** What a database, a broker or a memory that errs may make of a message. */
function spoilt(payload: string, random: Random): string {
  return pick(random, [
    () => payload.slice(0, randomInt(random, 0, payload.length - 1)),
    () => payload.replace(/"checksum":"./, (found) => `${found.slice(0, -1)}${found.endsWith("0") ? "1" : "0"}`),
    () => payload.replace(/after version \d/, "before version 0"),
    () => withoutOne(payload, random),
  ])();
}

/** One change or item is left out. */
function withoutOne(payload: string, random: Random): string {
  const message = JSON.parse(payload) as { readonly kind: string; changes?: unknown[]; items?: unknown[] };
  const entries = message.changes ?? message.items ?? [];
  if (entries.length > 0) entries.splice(randomInt(random, 0, entries.length - 1), 1);
  return JSON.stringify(message);
}
