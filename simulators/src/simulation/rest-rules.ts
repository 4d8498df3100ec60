import { REPLICA_REFRESH_MS } from "@gatehouse/edge/uplink/replica-follower.ts";
import { later } from "@gatehouse/shared/kit/clock.ts";
import { REPLICA_ANSWER_TIMEOUT_MS } from "@gatehouse/shared/sync/replica.ts";
import { SENDER_LIMITS } from "@gatehouse/shared/sync/sender.ts";
import type { EventClock } from "./event-clock.ts";
import { REPLICA_CHANGE_MS } from "./replica-rules.ts";
import type { Verdicts } from "./sync-rules.ts";
import type { VirtualHub } from "./virtual-hub.ts";
import type { VirtualLot } from "./virtual-lot.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** SYNC-18: the time that both logs may take to become equal, and the rate at which a backlog has to go. */
const CONVERGE_MS = 60_000;
const CONVERGE_EVENTS_PER_SECOND = 1_000;
const CONVERGE_STEP_MS = 200;
/** An edge that a message was lost for asks after a minute; its question or the answer may be lost with a connection that ends. */
const REPLICA_CONVERGE_MS = REPLICA_REFRESH_MS + 4 * REPLICA_ANSWER_TIMEOUT_MS;
/** Longest way of one event and its confirmation when nothing is wrong, with room. */
const CALM_CONFIRM_MS = 3_000;
/** A lane takes its time to open, on top of both ways. */
const CALM_COMMAND_MS = CALM_CONFIRM_MS + 3_000;
/** By then a hello whose answer was lost in the last moment of a fault has been said again. */
const CALM_AFTER_MS = SENDER_LIMITS.confirmTimeoutMs + CALM_CONFIRM_MS;
/** Oldest that a replica counts as on a calm link: the edge asks each minute. */
const CALM_AGE_MAX_MS = REPLICA_REFRESH_MS + CALM_CONFIRM_MS;

export interface RestSite {
  readonly lots: readonly VirtualLot[];
  readonly clock: EventClock;
  readonly verdicts: Verdicts;
  readonly network: VirtualNetwork;
  readonly hub: VirtualHub;
  readonly pass: (ms: number) => Promise<void>;
}

/** Judges that both sides become equal once faults have stopped (SYNC-18), and then that all works as it should. */
export async function judgeRest(site: RestSite): Promise<void> {
  const restsSince = site.clock.mono();
  await convergeLogs(site);
  await convergeReplicas(site, restsSince);
  await judgeCalm(site);
}

/** What the cloud shows of a connection is what there is. */
export function judgeLink({ deviceId }: VirtualLot, { hub, network, verdicts }: Omit<RestSite, "lots">): void {
  if (hub.handlers() === null) return;
  const shown = hub.links.get(deviceId) ?? null;
  const open = network.connectionOf(deviceId);
  verdicts.judge("SYNC-17", shown === open, () => `the cloud shows connection ${shown}, and there is ${open}`);
}

async function convergeLogs(site: RestSite): Promise<void> {
  const { lots, verdicts } = site;
  const backlog = Math.max(...lots.map((lot) => lot.backlog()));
  const withinMs = CONVERGE_MS + (backlog / CONVERGE_EVENTS_PER_SECOND) * 1_000;
  const waiting = await waitFor(site, withinMs, (lot) => lot.isEqual() && lot.edge.linkState() === "online");
  if (verdicts.broken.length > 0) return;
  for (const lot of lots) {
    const { epoch, lastN, confirmedN } = lot.edge.outbox.head();
    const { epoch: cloudEpoch, cursor } = lot.stream.position();
    verdicts.judge(
      "SYNC-18",
      !waiting.has(lot),
      () =>
        `edge at ${epoch}:${lastN} (confirmed ${confirmedN}, ${lot.edge.linkState()}), cloud at ` +
        `${cloudEpoch}:${cursor} (${lot.stream.stop() ?? "flows"}), ${lot.watch.missing()} events missing`,
    );
  }
}

/**
 * An edge hears within a minute that it has the present version. What it heard under the faults does not count: when it
 * asks next does not follow from it.
 */
async function convergeReplicas(site: RestSite, restsSince: number): Promise<void> {
  const { lots, verdicts, clock } = site;
  const waiting = await waitFor(site, REPLICA_CONVERGE_MS, (lot) => lot.hasPresentReplica(clock.mono() - restsSince));
  if (verdicts.broken.length > 0) return;
  for (const lot of lots) {
    const replica = lot.edge.replica();
    const how = (): string =>
      `the replica stays at version ${replica?.status().version}, last known to be the cloud's ${replica?.ageMs()} ms ago`;
    verdicts.judge("SYNC-09", !waiting.has(lot), how);
  }
}

/** Those for which it does not hold in time. */
async function waitFor(
  { lots, clock, verdicts, pass }: RestSite,
  withinMs: number,
  holds: (lot: VirtualLot) => boolean,
): Promise<ReadonlySet<VirtualLot>> {
  const until = later(clock.mono(), withinMs);
  const waiting = new Set(lots.filter((lot) => !holds(lot)));
  while (waiting.size > 0 && clock.mono() < until && verdicts.broken.length === 0) {
    await pass(CONVERGE_STEP_MS);
    for (const lot of waiting) if (holds(lot)) waiting.delete(lot);
  }
  return waiting;
}

/** Without faults an event is confirmed at once, a change is in force at once, and both sides say that they are connected. */
async function judgeCalm(site: RestSite): Promise<void> {
  const { lots, verdicts, hub, pass } = site;
  if (verdicts.broken.length > 0) return;
  await pass(CALM_AFTER_MS);
  for (const lot of lots) judgeReplica(lot);
  for (const lot of lots) lot.writeCar();
  const written = lots.map((lot) => {
    const open = lot.askOpen();
    hub.handlers()?.commandsWaiting(lot.deviceId);
    lot.replica.change();
    hub.handlers()?.replicaChanged(lot.lotId);
    return { lot, n: lot.edge.outbox.head().lastN, open };
  });
  await pass(REPLICA_CHANGE_MS);
  for (const lot of lots) judgeChange(lot);
  await pass(CALM_COMMAND_MS - REPLICA_CHANGE_MS);
  for (const { lot, n, open } of written) {
    judgeOpen(lot, open, verdicts);
    const state = lot.edge.linkState();
    verdicts.judge("SYNC-18", lot.isConfirmed(n), () => `event ${n} of a calm link waits for longer (${state})`);
    verdicts.judge("SYNC-17", state === "online", () => `a link that works is said to be ${state}`);
    judgeLink(lot, site);
  }
}

function judgeReplica(lot: VirtualLot): void {
  const replica = lot.edge.replica();
  if (replica !== null) lot.replica.watch.calm(replica, CALM_AGE_MAX_MS);
}

function judgeChange(lot: VirtualLot): void {
  const replica = lot.edge.replica();
  if (replica !== null) lot.replica.watch.reached(replica, REPLICA_CHANGE_MS);
}

/** A command on a calm link is carried out, or refused since the cloud's time is not known on this connection. */
function judgeOpen(lot: VirtualLot, id: string, verdicts: Verdicts): void {
  const row = lot.commands.find(id);
  const isAnswered = row?.status === "done" || row?.refusal === "clock_unknown";
  verdicts.judge("SYNC-11", isAnswered, () => `a command on a calm link is ${row?.status} (${row?.refusal})`);
  if (row?.status === "done") lot.commandWatch.shownDone(id);
}
