import type { SpotType } from "@gatehouse/shared/contracts/primitives.ts";
import type { LotCounts } from "@gatehouse/shared/domain/access/facts.ts";
import type { Database } from "better-sqlite3";
import { type CountChange, createCorrectedCount } from "./corrected-count.ts";
import type { MirroredState } from "./group-commit.ts";
import type { SessionRows } from "./session-rows.ts";

/** Where a vehicle stands: its spot type counts in the lot, its area, if there is one, beside it. */
export interface Place {
  readonly spotType: SpotType;
  readonly area: string | null;
}

export interface Occupancy extends MirroredState {
  counts(): LotCounts;
  /** A session opened (1) or ended (-1). */
  session(place: Place, delta: 1 | -1): void;
  /** A session's vehicle went from one area of the lot to another. */
  moved(from: string | null, to: string | null): void;
  /** A session ended whose vehicle had gone out unseen: a `went_out` that stood for it is taken back. */
  superseded(place: Place): void;
  /** A passage between the lot and the street that changed no session. */
  correct(place: Place, change: CountChange): void;
  /** A passage within the lot that changed no session. */
  correctArea(area: string, change: "came_in" | "went_out"): void;
}

/** How many vehicles are inside. Kept in memory so that a decision doesn't count rows. */
export function createOccupancy(db: Database, rows: SessionRows): Occupancy {
  const inside = rows.countInside();
  const spots = createCorrectedCount(
    db,
    { table: "count_corrections", column: "spot_type" },
    sumBy(inside, ({ spotType }) => spotType),
  );
  const areas = createCorrectedCount(
    db,
    { table: "area_corrections", column: "area" },
    sumBy(inside, ({ area }) => area),
  );

  return {
    counts: () => {
      const insideBySpotType = spots.all();
      const total = Object.values(insideBySpotType).reduce((sum, count) => sum + count, 0);
      return { inside: total, insideBySpotType, insideByArea: areas.all() };
    },
    session: ({ spotType, area }, delta) => {
      spots.session(spotType, delta);
      if (area !== null) areas.session(area, delta);
    },
    moved: (from, to) => {
      if (from !== null) areas.session(from, -1);
      if (to !== null) areas.session(to, 1);
    },
    superseded: ({ spotType, area }) => {
      spots.superseded(spotType);
      if (area !== null) areas.superseded(area);
    },
    correct: ({ spotType, area }, change) => {
      spots.correct(spotType, change);
      if (area !== null) areas.correct(area, change);
    },
    correctArea: (area, change) => areas.correct(area, change),
    save: () => {
      const restores = [spots.save(), areas.save()];
      return () => {
        for (const restore of restores) restore();
      };
    },
  };
}

function sumBy(
  inside: readonly (Place & { readonly inside: number })[],
  keyOf: (place: Place) => string | null,
): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const row of inside) {
    const key = keyOf(row);
    if (key !== null) sum[key] = (sum[key] ?? 0) + row.inside;
  }
  return sum;
}
