import { normalisePlate } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { TruthRecord, Visit } from "../world/truth.ts";

export interface CompareOptions {
  /** How far two tellings of one moment may lie apart, wall ms: the time that a message takes, times the clock's rate. */
  readonly toleranceMs: number;
  /**
   * How long after a vehicle is gone its movement may still be open at the edge, wall ms. An agent that dies within it
   * can't know any more whether the vehicle passed or went back.
   */
  readonly confirmMs: number;
}

export type DifferenceKind = "movement" | "session" | "payment" | "safety" | "trapped";

/** Something that is not as it was. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly text: string;
}

/** Where a comparison writes what it finds. */
export class Verdicts {
  readonly differences: Difference[] = [];
  /** Deviations that the rules allow, because the agent was away at that moment. */
  readonly tolerated: string[] = [];
  matched = 0;

  differ(kind: DifferenceKind, text: string): void {
    this.differences.push({ kind, text });
  }
}

type Absence = Extract<TruthRecord, { kind: "agent_away" }>;

/** The absences of the agent of the visit's lot that matter to it. */
export type AbsencesOf = (visit: Visit) => readonly Absence[];

/** Whether there are any. */
export type Touched = (visit: Visit) => boolean;

/** Looks visits up against the agents' absences. */
export function absencesOf(records: readonly TruthRecord[], { toleranceMs, confirmMs }: CompareOptions): AbsencesOf {
  const absences = records.filter((record) => record.kind === "agent_away");
  return (visit) =>
    absences.filter(
      ({ lot_id, from, to }) =>
        lot_id === visit.lot_id && from <= visit.ended_at + confirmMs && to >= visit.arrived_at - toleranceMs,
    );
}

/** The plate as edge and cloud write it; null for a vehicle without one. */
export function plateOf({ plate }: Pick<Visit, "plate">): string | null {
  return plate === null ? null : normalisePlate(plate);
}

/** What the vehicle of a visit is known by: its ticket, else its plate; null for one that has neither. */
export function knownBy(visit: Pick<Visit, "plate" | "ticket">): string | null {
  return visit.ticket ?? plateOf(visit);
}

/** A visit in a line that a person can look for in the truth file. */
export function visitText(visit: Visit): string {
  const { stay, direction, lane_id, outcome, arrived_at, ended_at } = visit;
  return `visit ${stay} ${visit.plate ?? visit.ticket ?? "(no plate)"} ${direction} lane ${lane_id.slice(0, 8)} ${outcome} ${clock(arrived_at)}..${clock(ended_at)}`;
}

export function clock(ms: number | null): string {
  return ms === null ? "-" : new Date(ms).toISOString().slice(5, 23);
}
