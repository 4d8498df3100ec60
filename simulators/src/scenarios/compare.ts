import type { TruthRecord, Visit } from "../world/truth.ts";
import type { CloudPicture } from "./cloud-picture.ts";
import { compareMovements } from "./compare-movements.ts";
import { compareSessions } from "./compare-sessions.ts";
import { absencesOf, type CompareOptions, clock, type Difference, Verdicts } from "./verdicts.ts";

export interface Comparison {
  /** Rows of the cloud that equal the truth: movements, sessions, payments. */
  readonly matched: number;
  /** Deviations that the rules allow, each in a line. */
  readonly tolerated: readonly string[];
  readonly differences: readonly Difference[];
}

const MAX_LINES_A_KIND = 25;

/** Compares what really happened with what the cloud has, row by row, in both directions. */
export function compareWithTruth(
  truth: readonly TruthRecord[],
  cloud: CloudPicture,
  options: CompareOptions,
): Comparison {
  const verdicts = new Verdicts();
  const visits = truth.filter((record): record is Visit => record.kind === "visit");
  const absences = absencesOf(truth, options);
  const touched = (visit: Visit): boolean => absences(visit).length > 0;
  compareMovements({ visits, movements: cloud.movements, sessions: cloud.sessions, options, touched, verdicts });
  compareSessions({ ...cloud, visits, options, absences, touched, verdicts });
  for (const record of truth) {
    if (record.kind !== "closed_on_vehicle") continue;
    const { plate, lane_id, height, at } = record;
    verdicts.differ(
      "safety",
      `The arm came down on ${plate ?? "a vehicle"} in lane ${lane_id.slice(0, 8)} at ${clock(at)}, to ${height}`,
    );
  }
  const { matched, tolerated, differences } = verdicts;
  return { matched, tolerated, differences };
}

/** The comparison for people: how much is equal, what was excused, and each difference, the first ones of each kind. */
export function reportOf({ matched, tolerated, differences }: Comparison): string {
  const kinds = [...Map.groupBy(differences, ({ kind }) => kind)];
  return [
    `${matched} rows equal the truth, ${tolerated.length} deviations excused by an absent agent, ${differences.length} differences`,
    ...tolerated.map((text) => `  excused   ${text}`),
    ...kinds.flatMap(([kind, all]) => [
      `${all.length} in ${kind}:`,
      ...all.slice(0, MAX_LINES_A_KIND).map(({ text }) => `  DIFFERS   ${text}`),
      ...(all.length > MAX_LINES_A_KIND ? [`  ... and ${all.length - MAX_LINES_A_KIND} more`] : []),
    ]),
  ].join("\n");
}
