import type { Availability } from "@gatehouse/shared/contracts/http/operations.ts";
import type { SpotStatus } from "@gatehouse/shared/contracts/primitives.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyChange, replayMessages, type SpotChangeAt } from "./lot-counts.ts";

const LOT = "00000000-0000-4000-8000-000000000001";
const SPOT = "00000000-0000-4000-8000-000000000002";
const statuses = ["available", "occupied", "reserved", "out_of_service"] as const;

function fresh(spots: number): Availability {
  return {
    parking_lot_id: LOT,
    version: 0,
    total_spots: spots,
    available_spots: spots,
    by_type: [{ type: "standard", total: spots, available: spots, occupied: 0, reserved: 0, out_of_service: 0 }],
    updated_at: "2026-01-01T00:00:00.000Z",
  };
}

/** Random changes of real spots, each from the status that its spot has at that moment. */
function changesOf(spots: number, moves: readonly { spot: number; to: SpotStatus }[]): SpotChangeAt[] {
  const now = Array.from({ length: spots }, (): SpotStatus => "available");
  return moves.flatMap(({ spot, to }, index) => {
    const from = now[spot];
    if (from === undefined || from === to) return [];
    now[spot] = to;
    const change = {
      timestamp: "2026-01-01T00:00:00Z",
      spot_id: SPOT,
      new_status: to,
      old_status: from,
      parking_lot_id: LOT,
    };
    return [{ version: index + 1, spotType: "standard" as const, change }];
  });
}

const moves = fc.array(fc.record({ spot: fc.nat({ max: 4 }), to: fc.constantFrom(...statuses) }), { maxLength: 40 });

test("counts always add up to the spots there are, and versions rise", () => {
  fc.assert(
    fc.property(moves, (steps) => {
      let counts = fresh(5);
      for (const change of changesOf(5, steps)) {
        const next = applyChange(counts, change);
        expect(next.version).toBeGreaterThan(counts.version);
        counts = next;
        const [row] = counts.by_type;
        expect((row?.available ?? 0) + (row?.occupied ?? 0) + (row?.reserved ?? 0) + (row?.out_of_service ?? 0)).toBe(
          5,
        );
        expect(counts.available_spots).toBe(row?.available);
      }
    }),
  );
});

test("a replay of past changes tells the same free spots as the changes told when they happened", () => {
  fc.assert(
    fc.property(moves, (steps) => {
      const changes = changesOf(5, steps);
      let counts = fresh(5);
      const live = changes.map((change) => {
        counts = applyChange(counts, change);
        return counts.available_spots;
      });
      const replayed = replayMessages(changes, counts.available_spots).map((message) => message.available_spots);
      expect(replayed).toEqual(live);
    }),
  );
});
