import { canonicalJson, type Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { type MonoMs, monoMs } from "@gatehouse/shared/kit/clock.ts";
import { z } from "zod";
import { step } from "../lane/machine.ts";
import type { LaneEvent, LanePolicy, LaneState } from "../lane/machine-types.ts";
import { stateName } from "../lane/snapshot.ts";
import type { JournalView } from "../local-api/contract.ts";

const checkpoint = z.object({ state: z.record(z.string(), z.unknown()), policy: z.record(z.string(), z.unknown()) });
const recorded = z.object({
  event: z.record(z.string(), z.unknown()),
  mono: z.number(),
  state: z.string(),
  effects: z.array(z.unknown()),
});

export interface Difference {
  readonly journalId: number;
  readonly recorded: { readonly state: string; readonly effects: readonly unknown[] };
  readonly replayed: { readonly state: string; readonly effects: readonly unknown[] };
}

export interface ReplayVerdict {
  /** Steps that were gone through again. */
  readonly steps: number;
  /** Steps before the first kept state, or after a hole in the journal. */
  readonly skipped: number;
  /** Times that the journal had a hole: notes that were dropped, or an entry that was too long. */
  readonly holes: number;
  readonly differences: readonly Difference[];
}

/** Differences that are told; one is enough to look at. */
const MAX_DIFFERENCES = 20;

interface Position {
  readonly state: LaneState;
  readonly policy: LanePolicy;
}

/**
 * Feeds the recorded steps of one lane, oldest first, through the machine again, from each kept state on, and compares
 * state and effects. A difference means that this machine is not the one that made the journal, or not deterministic.
 */
export function replay(rows: readonly JournalView[]): ReplayVerdict {
  let at: Position | null = null;
  let steps = 0;
  let skipped = 0;
  let holes = 0;
  const differences: Difference[] = [];
  for (const { id, kind, data } of rows) {
    if (kind === "lane.checkpoint") {
      const kept = checkpoint.safeParse(data);
      at = kept.success ? positionOf(kept.data) : null;
      continue;
    }
    if (kind === "journal.notes_dropped") {
      holes += at === null ? 0 : 1;
      at = null;
      continue;
    }
    if (kind !== "lane.step") continue;
    const was = recorded.safeParse(data);
    if (!was.success) holes += 1;
    if (at === null || !was.success) {
      at = null;
      skipped += 1;
      continue;
    }
    const again = goThrough(at, was.data.event, monoMs(was.data.mono));
    at = { ...at, state: again.state };
    steps += 1;
    const difference = compare(id, was.data, again);
    if (difference && differences.length < MAX_DIFFERENCES) differences.push(difference);
  }
  return { steps, skipped, holes, differences };
}

function goThrough({ state, policy }: Position, event: object, now: MonoMs): ReturnType<typeof step> {
  return step(state, eventOf(event), now, policy);
}

function compare(journalId: number, was: z.infer<typeof recorded>, again: ReturnType<typeof step>): Difference | null {
  const replayed = { state: stateName(again.state), effects: again.effects };
  const before = { state: was.state, effects: was.effects };
  return sameJson(before, replayed) ? null : { journalId, recorded: before, replayed };
}

/** As the journal keeps it: what JSON leaves out is equal to what is not there. */
function sameJson(a: object, b: object): boolean {
  return canonicalJson(asJson(a)) === canonicalJson(asJson(b));
}

function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** The journal holds what the runner wrote, by these very types; a newer or older agent's shows as a difference. */
function positionOf(kept: z.infer<typeof checkpoint>): Position {
  return { state: kept.state as unknown as LaneState, policy: kept.policy as unknown as LanePolicy };
}

/** The same holds for an event. */
function eventOf(event: object): LaneEvent {
  return event as unknown as LaneEvent;
}
