import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { type Anchor, anchorEvent } from "@gatehouse/shared/sync/anchor.ts";
import { readAnchors, writeAnchor } from "./anchors.ts";
import type { IngestContext, StreamOwner } from "./context.ts";
import { correctPast } from "./correct-past.ts";
import { raiseAlarm } from "./raise-alarm.ts";
import type { ReadEvent } from "./read-events.ts";
import type { SqlRunner } from "./statement-queue.ts";
import type { HeldStream } from "./stream-row.ts";

export interface AnchoringScope {
  readonly owner: StreamOwner;
  readonly held: HeldStream;
  readonly epoch: number;
}

/**
 * Dates events whose clock nobody vouched for by their run's anchor (SYNC-13): what the run's hello showed, or an event of the
 * same run from after its clock was set. What is in already, without an anchor, is corrected in the same transaction.
 * Their exact lines stay as they came. Costs nothing while all clocks are right.
 */
export async function anchorTimes(
  client: SqlRunner,
  context: Pick<IngestContext, "clock" | "newId">,
  { scope, reads }: { readonly scope: AnchoringScope; readonly reads: readonly ReadEvent[] },
): Promise<readonly ReadEvent[]> {
  const { owner, held } = scope;
  const doubtful = new Set(reads.filter(isDoubtful).map(({ event }) => event.boot));
  if (doubtful.size === 0 && held.unanchoredBoot === null) return reads;
  const wanted = new Set(held.unanchoredBoot === null ? doubtful : [...doubtful, held.unanchoredBoot]);
  const anchors = await findAnchors(client, owner, { reads, wanted: [...wanted] });
  const past = held.unanchoredBoot === null ? undefined : anchors.get(held.unanchoredBoot);
  if (held.unanchoredBoot !== null && past)
    await correctPast(client, context, { scope, boot: held.unanchoredBoot, anchor: past });
  await noteUnanchored(client, context, { scope, reads, anchors });
  return reads.map((read) => {
    const anchor = isDoubtful(read) ? anchors.get(read.event.boot) : undefined;
    return anchor ? { ...read, event: anchorEvent(read.event, anchor) } : read;
  });
}

function isDoubtful({ event }: ReadEvent): boolean {
  return event.quality === "unknown";
}

async function findAnchors(
  client: SqlRunner,
  owner: StreamOwner,
  { reads, wanted }: { readonly reads: readonly ReadEvent[]; readonly wanted: readonly Uuid[] },
): Promise<ReadonlyMap<Uuid, Anchor>> {
  const anchors = await readAnchors(client, owner, wanted);
  for (const boot of wanted) {
    if (anchors.has(boot)) continue;
    const set = reads.find(({ event }) => event.boot === boot && event.quality === "synced")?.event;
    if (!set) continue;
    const anchor = { at: set.at, mono: set.mono };
    anchors.set(boot, anchor);
    await writeAnchor(client, owner, { boot, anchor });
  }
  return anchors;
}

/** Remembers the run that is still without an anchor; its events that come later may bring one. Runs follow each other. */
async function noteUnanchored(
  client: SqlRunner,
  context: Pick<IngestContext, "clock" | "newId">,
  {
    scope: { owner, held },
    reads,
    anchors,
  }: {
    readonly scope: AnchoringScope;
    readonly reads: readonly ReadEvent[];
    readonly anchors: ReadonlyMap<Uuid, Anchor>;
  },
): Promise<void> {
  const lost = reads.findLast((read) => isDoubtful(read) && !anchors.has(read.event.boot));
  const isOver =
    held.unanchoredBoot !== null && (anchors.has(held.unanchoredBoot) || endsIn(reads, held.unanchoredBoot));
  const boot = lost?.event.boot ?? (isOver ? null : held.unanchoredBoot);
  if (boot === held.unanchoredBoot) return;
  await client.query("UPDATE device_streams SET unanchored_boot = $2 WHERE device_id = $1", [owner.deviceId, boot]);
  if (!lost) return;
  const first = reads.find((read) => isDoubtful(read) && read.event.boot === boot);
  const detail = `Events from number ${first?.n ?? lost.n} on were made with a clock that nothing vouches for: their times may be wrong until the edge tells more.`;
  await raiseAlarm(client, context, { owner, code: "event_time_unknown", detail, at: context.clock.wall() });
}

function endsIn(reads: readonly ReadEvent[], boot: Uuid): boolean {
  return reads.some(({ event }) => event.boot !== boot);
}
