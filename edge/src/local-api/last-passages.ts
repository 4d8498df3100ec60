import type { WallMs } from "@gatehouse/shared/kit/clock.ts";
import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import { z } from "zod";
import type { EdgeQueries } from "../store/edge-queries.ts";
import type { StoredJournalEntry } from "../store/journal.ts";
import type { LanePicture } from "./contract.ts";

/** Entries looked at on the first question, and at each further one. */
const ENTRIES_A_LOOK = 1_000;

const offered = z.object({
  event: z.object({
    kind: z.literal("offer"),
    credential: z.object({
      kind: z.string(),
      value: z.string(),
      read: z.object({ confidence: z.number().nullable(), source: z.string() }).nullable(),
    }),
  }),
});
const decided = z.object({
  event: z.object({
    kind: z.literal("decided"),
    decision: z.object({ outcome: z.string(), ask: z.string().nullable(), reasons: z.array(z.string()) }),
  }),
});

interface LanePast {
  readonly read: LanePicture["last_read"];
  readonly decision: LanePicture["last_decision"];
}

const NOTHING: LanePast = { read: null, decision: null };

/** The last read and the last decision of each lane, taken from the journal as it grows. */
export class LastPassages {
  readonly #journal: EdgeQueries["journal"];
  readonly #lanes = new Map<Uuid, LanePast>();
  #seenId: number | null = null;

  constructor(journal: EdgeQueries["journal"]) {
    this.#journal = journal;
  }

  /** Takes in what the journal got since the last call. */
  catchUp(): void {
    const entries = this.#journal({ laneId: null, sinceId: this.#seenId, limit: ENTRIES_A_LOOK });
    for (const entry of entries) this.#take(entry);
    this.#seenId = entries.at(-1)?.id ?? this.#seenId;
  }

  of(laneId: Uuid): LanePast {
    return this.#lanes.get(laneId) ?? NOTHING;
  }

  #take({ laneId, kind, at, data }: StoredJournalEntry): void {
    if (laneId === null || kind !== "lane.step") return;
    const past = this.of(laneId);
    const read = offered.safeParse(data);
    if (read.success) return void this.#lanes.set(laneId, { ...past, read: readOf(at, read.data.event.credential) });
    const decision = decided.safeParse(data);
    if (decision.success) this.#lanes.set(laneId, { ...past, decision: decisionOf(at, decision.data.event.decision) });
  }
}

function readOf(
  at: WallMs,
  { kind, value, read }: z.infer<typeof offered>["event"]["credential"],
): NonNullable<LanePicture["last_read"]> {
  return { at: wallMs(at), kind, value, confidence: read?.confidence ?? null, source: read?.source ?? null };
}

function decisionOf(
  at: WallMs,
  { outcome, ask, reasons }: z.infer<typeof decided>["event"]["decision"],
): NonNullable<LanePicture["last_decision"]> {
  return { at, outcome: ask === null ? outcome : `${outcome} ${ask}`, reasons };
}
