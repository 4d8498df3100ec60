import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";

/** One line of what happened in a lane: inputs, decisions, commands, outputs. Kept locally, bounded, replayable. */
export interface JournalEntry {
  readonly laneId: Uuid | null;
  /** e.g. `lane.step`, `guard.close`, `guard.reversed`, `read.rejected`. */
  readonly kind: string;
  readonly data: Json;
}

export interface StoredJournalEntry extends JournalEntry {
  readonly id: number;
  readonly at: WallMs;
  readonly monoMs: number;
}

export interface Journal {
  /** Resolves when the entry is durable. A `close` waits for it before the guard is told (SAFE-20). */
  append(entry: JournalEntry): Promise<void>;
  /**
   * Without waiting: joins a commit that no vehicle waits for, within a second; lost when power fails before it. For
   * observations, never before a `close`.
   */
  note(entry: JournalEntry): void;
}
