import { appendFileSync } from "node:fs";
import { z } from "zod";

const at = z.int();
const vehicleKind = z.enum(["transient", "permit", "blocked", "unplated", "ticket"]);

/** What really happened at the lanes, told by nobody but the world itself. Wall times in ms on the simulated clock. */
export const truthRecord = z.discriminatedUnion("kind", [
  /** One vehicle in one lane, from the arming loop until it is gone. */
  z.object({
    kind: z.literal("visit"),
    /** Joins the way in and the way out of one stay. */
    stay: z.string(),
    vehicle: vehicleKind,
    /** As painted. */
    plate: z.string().nullable(),
    /** Code of the ticket that the driver had when the visit ended: taken at the entry, or shown at the exit. */
    ticket: z.string().nullable().default(null),
    /** Tickets that he took before, and that were worth nothing when the lane's agent came back. */
    spoilt_tickets: z.array(z.string()).default([]),
    lot_id: z.string(),
    lane_id: z.string(),
    direction: z.enum(["entry", "exit"]),
    outcome: z.enum(["passed", "tailgated", "changed_mind", "refused", "gave_up"]),
    arrived_at: at,
    ended_at: at,
    paid: z.array(
      z.object({ amount_minor: z.int(), currency: z.string(), method: z.string(), reference: z.string(), at }),
    ),
  }),
  /** The agent's input/output socket was not connected. */
  z.object({ kind: z.literal("agent_away"), lot_id: z.string(), from: at, to: at }),
  z.object({ kind: z.literal("link"), lot_id: z.string(), link: z.enum(["up", "cut"]), at }),
  /** The arm came down on a vehicle. Must never be there. */
  z.object({
    kind: z.literal("closed_on_vehicle"),
    stay: z.string(),
    plate: z.string().nullable(),
    lot_id: z.string(),
    lane_id: z.string(),
    height: z.number(),
    at,
  }),
  /** Stood in an entry when the world was stopped. */
  z.object({
    kind: z.literal("interrupted"),
    stay: z.string(),
    vehicle: vehicleKind,
    plate: z.string().nullable(),
    lot_id: z.string(),
    lane_id: z.string(),
    at,
  }),
  /** Arrived before queues that were too long, and drove on. */
  z.object({ kind: z.literal("drove_past"), lot_id: z.string(), stay: z.string(), at }),
]);
export type TruthRecord = z.infer<typeof truthRecord>;
export type Visit = Extract<TruthRecord, { kind: "visit" }>;
export type VisitOutcome = Visit["outcome"];

/** Takes down what happens; nothing is ever changed or taken out. */
export interface TruthLog {
  add(record: TruthRecord): void;
  all(): readonly TruthRecord[];
}

/** In memory and, given a file, appended to it as one JSON line a record. */
export function truthLog(file: string | null): TruthLog {
  const records: TruthRecord[] = [];
  return {
    add: (record) => {
      records.push(record);
      if (file !== null) appendFileSync(file, `${JSON.stringify(record)}\n`);
    },
    all: () => records,
  };
}
