import type { VirtualLot } from "./virtual-lot.ts";

/** Situations that a long enough run has to come into, or it has tested less than it says. */
export const SITUATIONS = [
  "fork",
  "clone",
  "rolled_back",
  "new_epoch",
  "dead_letter",
  "rewind",
  "opened",
  "result_again",
  "replica_snapshot",
  "replica_part_kept",
  "replica_mismatch",
  "replica_went_back",
] as const;

type Situation = (typeof SITUATIONS)[number];

/** How often lots came into each situation; a stream's stops are counted by what stopped it. */
export function situationsOf(
  lots: readonly VirtualLot[],
  stops: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const sum = (of: (lot: VirtualLot) => number): number => lots.reduce((all, lot) => all + of(lot), 0);
  const counted: readonly (readonly [Situation, number])[] = [
    ["new_epoch", sum(({ stream }) => stream.position().epoch - 1)],
    ["dead_letter", sum((lot) => lot.deadLetters)],
    ["rewind", sum(({ edge }) => edge.rewinds)],
    ["opened", sum(({ commandWatch }) => commandWatch.acts)],
    ["result_again", sum(({ commandWatch }) => commandWatch.repeats)],
    ["replica_snapshot", sum(({ replica }) => replica.watch.snapshots)],
    ["replica_part_kept", sum(({ replica }) => replica.watch.stagings)],
    ["replica_mismatch", sum(({ replica }) => replica.watch.mismatches)],
    ["replica_went_back", sum(({ replica }) => replica.watch.backs)],
  ];
  return new Map([...stops, ...counted]);
}
