import type { ReplicaEdit } from "@gatehouse/cloud/services/replica/next-version.ts";
import { recordReplicaChanges } from "@gatehouse/cloud/services/replica/record-change.ts";
import { samplePermit } from "@gatehouse/edge/decision/testing/lot-sample.ts";
import type { Identity } from "@gatehouse/edge/uplink/identity.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { uuidv7Source } from "@gatehouse/shared/kit/ids.ts";
import { systemRandom } from "@gatehouse/shared/kit/random.ts";
import { systemClock } from "@gatehouse/shared/kit/system-clock.ts";
import { type BenchRig, startBenchRig } from "../../cloud/bench/ingest/rig.ts";
import type { Report } from "../../scripts/bench/report.ts";
import { median, percentile } from "../../scripts/bench/statistics.ts";
import { type CountingProxy, startCountingProxy } from "./drain/counting-proxy.ts";
import { identityOf } from "./edges/identity-of.ts";
import { type ReplicaHost, startReplicaHost } from "./replica/edge-host.ts";
import { machineMs } from "./replica/messages.ts";

export const description =
  "a whole replica to one edge, and single changes to many edges, until they are in force there";

const FULL = { permits: 100_000, edges: 100, changes: 600, bursts: 5, commits: 200 };
const SHORT = { permits: 3_000, edges: 5, changes: 20, bursts: 1, commits: 20 };
type Size = typeof FULL;

/** SYNC-10. */
const IN_FORCE_P99_MS = 500;
/** As a busy operator's staff and customers change things, over all lots together. */
const CHANGE_EVERY_MS = 50;
const PERMITS_A_CHANGE = 1_000;
const COMMIT_EVERY_MS = 10;
const clock = systemClock();
const newId = uuidv7Source(clock, systemRandom);

interface Stage {
  readonly report: Report;
  readonly rig: BenchRig;
  readonly hub: CountingProxy;
  readonly size: Size;
}

/** The real hub, Postgres and broker, and the real store and uplink of each edge in a process of their own. */
export async function bench(report: Report): Promise<void> {
  const size = report.short ? SHORT : FULL;
  const rig = await startBenchRig();
  const hub = await startCountingProxy((await rig.newEdge()).identity.port);
  try {
    await snapshot({ report, rig, hub, size });
    await changes({ report, rig, hub, size });
  } finally {
    await hub.close();
    await rig.stop();
  }
}

async function snapshot({ report, rig, hub, size }: Stage): Promise<void> {
  report.progress(`a lot with ${size.permits} permits`);
  const identity = await newIdentity(rig, hub);
  for (let done = 0; done < size.permits; done += PERMITS_A_CHANGE) {
    const edits = Array.from({ length: Math.min(PERMITS_A_CHANGE, size.permits - done) }, (_, i) => permit(done + i));
    await rig.db.transaction((tx) => recordReplicaChanges(tx, identity.lotId, edits));
  }
  const edge = startReplicaHost();
  try {
    const before = hub.bytes();
    edge.tell({ kind: "link", identities: [identity] });
    edge.tell({ kind: "commits", times: size.commits, everyMs: COMMIT_EVERY_MS });
    const { ms } = await edge.hear("linked");
    const busy = (await edge.hear("commits")).ms;
    report.figure({ name: "snapshot-in-force", value: ms, unit: "ms", ok: true });
    report.figure({ name: "snapshot-items", value: (size.permits * 1_000) / ms, unit: "items/s", ok: true });
    report.figure({
      name: "snapshot-wire",
      value: (hub.bytes() - before) / size.permits,
      unit: "bytes/item",
      ok: true,
    });
    edge.tell({ kind: "commits", times: size.commits, everyMs: COMMIT_EVERY_MS });
    const idle = (await edge.hear("commits")).ms;
    report.figure({ name: "commit-idle-p99", value: percentile(idle, 0.99), unit: "ms", ok: true });
    const ratio = percentile(busy, 0.99) / percentile(idle, 0.99);
    report.figure({ name: "commit-during-snapshot-p99", value: percentile(busy, 0.99), unit: "ms", ratio, ok: true });
  } finally {
    await edge.stop();
  }
}

async function changes(stage: Stage): Promise<void> {
  const { report, rig, hub, size } = stage;
  report.progress(`${size.edges} lots, an edge each`);
  const identities: Identity[] = [];
  while (identities.length < size.edges) identities.push(await newIdentity(rig, hub));
  const host = startReplicaHost();
  try {
    host.tell({ kind: "link", identities });
    await host.hear("linked");
    report.progress(`${size.changes} changes, one each ${CHANGE_EVERY_MS} ms at some lot`);
    const single: number[] = [];
    for (let i = 0; i < size.changes; i++) {
      const { lotId } = identities[Math.floor(systemRandom.next() * identities.length)] as Identity;
      single.push(await change(rig, host, { lotId, i }));
      await sleep(clock, CHANGE_EVERY_MS);
    }
    tell(report, "change", single);
    report.progress(`${size.bursts} changes of all lots at the same moment`);
    const burst: number[] = [];
    for (let round = 0; round < size.bursts; round++)
      burst.push(...(await changeAll(rig, host, { identities, round })));
    tell(report, "change-of-all-lots", burst);
  } finally {
    await host.stop();
  }
}

function tell(report: Report, name: string, ms: readonly number[]): void {
  report.figure({ name: `${name}-p50`, value: median(ms), unit: "ms", ok: true });
  const p99 = percentile(ms, 0.99);
  const ratio = p99 / IN_FORCE_P99_MS;
  report.figure({ name: `${name}-p99`, value: p99, unit: "ms", ratio, goal: `<=${IN_FORCE_P99_MS}`, ok: ratio <= 1 });
}

/** One permit; ms from before the cloud's transaction until the edge's commit of it. */
async function change(rig: BenchRig, host: ReplicaHost, { lotId, i }: { lotId: string; i: number }): Promise<number> {
  const began = machineMs();
  const { version } = await rig.db.transaction((tx) => recordReplicaChanges(tx, lotId, [permit(i)]));
  const { at } = await host.hear("in_force", (word) => word.lotId === lotId && word.version >= version);
  return at - began;
}

async function changeAll(
  rig: BenchRig,
  host: ReplicaHost,
  { identities, round }: { identities: readonly Identity[]; round: number },
): Promise<number[]> {
  const begun = new Map<string, { readonly began: number; readonly version: number }>();
  const recorded = identities.map(async ({ lotId }) => {
    const began = machineMs();
    const edit = permit(1_000_000 + round);
    const { version } = await rig.db.transaction((tx) => recordReplicaChanges(tx, lotId, [edit]));
    begun.set(lotId, { began, version });
  });
  await Promise.all(recorded);
  const ms: number[] = [];
  for (const [lotId, { began, version }] of begun) {
    const { at } = await host.hear("in_force", (word) => word.lotId === lotId && word.version >= version);
    ms.push(at - began);
  }
  return ms;
}

function permit(index: number): ReplicaEdit {
  const value = samplePermit(newId(), `P${index}`, { holder_label: `Holder ${index}` });
  return { op: "put", collection: "permits", value };
}

async function newIdentity(rig: BenchRig, hub: CountingProxy): Promise<Identity> {
  return identityOf((await rig.newEdge()).identity, hub.port);
}
