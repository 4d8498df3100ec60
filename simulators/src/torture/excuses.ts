/** Vehicles that may stand in one lane, its arrival and its leaving, within an absence as the comparison counts it. */
const EXCUSES_A_LANE = 4;

export interface Excuses {
  /** Lines of the comparison, each `reason: what`. */
  readonly tolerated: readonly string[];
  /** Faults that took an agent away. */
  readonly absences: number;
  readonly lanesOfALot: number;
}

/** How many rows were excused for which reason. */
export function excusesByReason(tolerated: readonly string[]): readonly string[] {
  const reasons = Map.groupBy(
    tolerated,
    (text) => text.split(":")[0]?.replace(/^paid by .*, not/, "paid, not") ?? text,
  );
  return [...reasons].map(([reason, rows]) => `excused ${rows.length}: ${reason}`);
}

/** More excuses than absences can explain hide a fault; null when there are not. */
export function tooManyExcuses({ tolerated, absences, lanesOfALot }: Excuses): string | null {
  const most = absences * lanesOfALot * EXCUSES_A_LANE;
  if (tolerated.length <= most) return null;
  return `${tolerated.length} rows were excused by absent agents; ${absences} absences explain ${most} at most.`;
}
