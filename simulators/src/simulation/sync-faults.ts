import { DAY_MS, HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { pick, type Random, randomInt } from "@gatehouse/shared/kit/random.ts";
import { changeReplica, injectReplicaFault, REPLICA_FAULTS } from "./replica-faults.ts";
import type { DeathAt } from "./virtual-edge.ts";
import type { VirtualHub } from "./virtual-hub.ts";
import type { VirtualLot } from "./virtual-lot.ts";
import { LONGEST_WAY_MS, type VirtualNetwork } from "./virtual-network.ts";

/** Faults that keep both histories as they are. */
const SOFT = [
  "bad_link",
  "late_link",
  "connection_reset",
  "outage",
  "outage_of_days",
  "half_open",
  "forgetting_broker",
  "death_appended",
  "death_batch_read",
  "death_confirm_came",
  "death_confirm_taken",
  "death_any_time",
  "death_command_claimed",
  "death_command_acting",
  "death_command_finished",
  "command_again",
  "hub_death",
  "hub_death_in_work",
  "database_away",
  "clock_step",
  "poison",
  "burst",
  ...REPLICA_FAULTS,
] as const;
/** Faults that change a history: one at a time, or what may be lost could not be told. */
const HARD = [
  "cloud_restored",
  "cloud_restored_before_epoch",
  "old_card",
  "new_card",
  "clone",
  "new_enrolment",
] as const;

export type FaultKind = (typeof SOFT)[number] | (typeof HARD)[number];
export const FAULT_KINDS: readonly FaultKind[] = [...SOFT, ...HARD];

/** Chance of a remote open in a minute of faults. */
const OPENS_PER_MINUTE = 0.2;
/** Chance of a change of the replica in a minute of faults. */
const CHANGES_PER_MINUTE = 0.1;
const FORKED_EVENTS_MAX = 3_000;

export interface FaultSite {
  readonly random: Random;
  readonly network: VirtualNetwork;
  readonly hub: VirtualHub;
  readonly pass: (ms: number) => Promise<void>;
}

/** Draws what happens to a lot in one stretch: some soft faults, and now and then a hard one at a random place. */
export function drawFaults(random: Random): readonly FaultKind[] {
  const drawn: FaultKind[] = Array.from({ length: randomInt(random, 1, 4) }, () => pick(random, SOFT));
  if (random.next() < 0.5) drawn.splice(randomInt(random, 0, drawn.length), 0, pick(random, HARD));
  return drawn;
}

/** Makes one fault happen to a lot, and lets it last. */
export async function inject(kind: FaultKind, lot: VirtualLot, site: FaultSite): Promise<void> {
  const { random, network, pass } = site;
  const { deviceId, edge } = lot;
  switch (kind) {
    case "bad_link":
      network.setWay(deviceId, { kind: "bad", lose: 0.3, repeat: 0.3, delayMaxMs: 8_000 });
      return busy(lot, site, randomInt(random, 5, 40));
    case "late_link":
      network.setWay(deviceId, { kind: "bad", lose: 0, repeat: 0.1, delayMaxMs: LONGEST_WAY_MS });
      return busy(lot, site, 20);
    case "connection_reset":
      network.reset(deviceId);
      return busy(lot, site, 3);
    case "outage":
      network.setWay(deviceId, { kind: "cut" });
      await busy(lot, site, randomInt(random, 1, 60));
      return;
    case "outage_of_days":
      network.setWay(deviceId, { kind: "cut" });
      return pass(randomInt(random, 6, 3 * 24) * HOUR_MS);
    case "half_open":
      network.setWay(deviceId, { kind: "half_open" });
      return busy(lot, site, 2);
    case "forgetting_broker":
      network.setWay(deviceId, { kind: "forgets" });
      // Shorter than the sender takes to give the connection up, or longer.
      for (let i = 0; i < 6; i++) {
        lot.writeCar();
        await pass(randomInt(random, 50, 3_000));
      }
      return random.next() < 0.5 ? undefined : busy(lot, site, 4);
    case "death_appended":
      return dieAt(lot, site, "appended");
    case "death_batch_read":
      return dieAt(lot, site, "batch_read");
    case "death_confirm_came":
      return dieAt(lot, site, "confirm_came");
    case "death_confirm_taken":
      return dieAt(lot, site, "confirm_taken");
    case "death_command_claimed":
      return dieOfCommand(lot, site, "command_claimed");
    case "death_command_acting":
      return dieOfCommand(lot, site, "command_acting");
    case "death_command_finished":
      return dieOfCommand(lot, site, "command_finished");
    case "command_again":
      askOpen(lot, site);
      await pass(randomInt(random, 1, 6_000));
      network.deliverAgain(deviceId, random.next() < 0.2);
      return busy(lot, site, 1);
    case "death_any_time":
      edge.kill();
      return busy(lot, site, 2);
    case "hub_death":
      return restartHub(site);
    case "hub_death_in_work":
      lot.writeCar();
      for (let i = 0; i < 200 && site.hub.underWay === 0; i++) await pass(1);
      return restartHub(site);
    case "database_away":
      site.hub.failsPerCommit = 0.7;
      return busy(lot, site, 10);
    case "clock_step":
      edge.wallErrorMs = pick(random, [-60_000, 60_000, -DAY_MS, DAY_MS, -1_800_000_000_000]);
      return busy(lot, site, 5);
    case "poison":
      lot.writePoison();
      return busy(lot, site, 1);
    case "burst":
      for (let i = 0; i < 2_500; i++) lot.writeCar();
      return pass(randomInt(random, 1, 1_000));
    case "cloud_restored":
      network.reset(deviceId);
      lot.restoreCloud();
      return busy(lot, site, 3);
    case "cloud_restored_before_epoch":
      lot.enrol();
      await busy(lot, site, randomInt(random, 0, 30));
      network.reset(deviceId);
      lot.restoreCloud();
      return busy(lot, site, 3);
    case "old_card":
      lot.watch.excuse = "card";
      return setBack(lot, site, () => edge.setBackCard(lot.cardCopy));
    case "new_card":
      // A new store asks for an epoch by itself, so it has no reason to be set apart.
      await setBack(lot, site, () => edge.loseCard());
      return;
    case "clone":
      lot.watch.excuse = "clone";
      lot.startClone();
      return busy(lot, site, 5);
    case "new_enrolment":
      lot.enrol();
      return busy(lot, site, 2);
    case "replica_spoilt":
    case "snapshot_cut":
    case "replica_again":
    case "death_replica_queued":
    case "death_replica_in_work":
    case "death_replica_committed":
      return injectReplicaFault(kind, lot, site);
    default:
      return assertNever(kind);
  }
}

/** Ends all faults of a lot that last. */
export function heal({ deviceId, edge }: VirtualLot, { network, hub }: Pick<FaultSite, "network" | "hub">): void {
  network.setWay(deviceId, { kind: "good" });
  network.spoilReplica(deviceId, null);
  hub.failsPerCommit = 0;
  edge.wallErrorMs = 0;
  edge.dieAt(null);
}

async function busy(lot: VirtualLot, site: FaultSite, minutes: number): Promise<void> {
  const { random, pass } = site;
  for (let minute = 0; minute < minutes; minute++) {
    if (random.next() < 0.4) lot.writeCar();
    if (random.next() < OPENS_PER_MINUTE) askOpen(lot, site);
    if (random.next() < CHANGES_PER_MINUTE) changeReplica(lot, site);
    await pass(MINUTE_MS);
  }
}

async function dieAt(lot: VirtualLot, site: FaultSite, step: DeathAt): Promise<void> {
  lot.edge.dieAt(step);
  lot.writeCar();
  await busy(lot, site, 2);
}

/** Commands come while the edge is there and while it is away; what was said before comes again afterwards. */
async function dieOfCommand(lot: VirtualLot, site: FaultSite, step: DeathAt): Promise<void> {
  lot.edge.dieAt(step);
  askOpen(lot, site);
  await busy(lot, site, 1);
  site.network.deliverAgain(lot.deviceId, false);
  await busy(lot, site, 1);
}

/** Sometimes the hub hears of it only when the edge says hello. */
function askOpen(lot: VirtualLot, { hub, random }: FaultSite): void {
  lot.askOpen();
  if (random.next() < 0.8) hub.handlers()?.commandsWaiting(lot.deviceId);
}

async function restartHub({ hub, pass, random }: FaultSite): Promise<void> {
  hub.kill();
  await pass(randomInt(random, 1, 20_000));
  hub.start();
}

async function setBack(lot: VirtualLot, site: FaultSite, change: () => void): Promise<void> {
  lot.isOff = true;
  lot.edge.kill();
  change();
  lot.watch.lost(lot.edge.outbox);
  lot.commandWatch.forgotten();
  await site.pass(10_000);
  lot.isOff = false;
  if (!lot.edge.isRunning) lot.edge.start();
  if (site.random.next() < 0.5) writePast(lot, randomInt(site.random, 0, 1));
  await busy(lot, site, 3);
}

/** The edge writes other events under the numbers that the cloud has, and `more`, before it says hello: a fork. */
function writePast(lot: VirtualLot, more: number): void {
  const behind = lot.stream.position().cursor - lot.edge.outbox.head().lastN;
  for (let i = 0; i < Math.min(behind + more, FORKED_EVENTS_MAX); i++) lot.writeCar();
}
