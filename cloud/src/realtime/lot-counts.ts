import type { BusPayload } from "@gatehouse/shared/contracts/events/topics.ts";
import type { Availability, AvailabilityMessage, SpotCounts } from "@gatehouse/shared/contracts/http/operations.ts";
import type { SpotStatus, SpotType } from "@gatehouse/shared/contracts/primitives.ts";

/** A change of one spot with its place in the lot's stream, which is the version after it. */
export interface SpotChangeAt {
  readonly version: number;
  readonly spotType: SpotType;
  readonly change: BusPayload<"spot.status.changes">;
}

export type ChangeMessage = Extract<AvailabilityMessage, { kind: "change" }>;

/** The counts of a lot after a change. A count is never negative. */
export function applyChange(counts: Availability, { version, spotType, change }: SpotChangeAt): Availability {
  const by_type = counts.by_type.map((one) =>
    one.type === spotType ? shift(shift(one, change.old_status, -1), change.new_status, 1) : one,
  );
  return {
    ...counts,
    version,
    by_type,
    available_spots: by_type.reduce((sum, one) => sum + one.available, 0),
    updated_at: new Date(change.timestamp).toISOString(),
  };
}

function shift(counts: SpotCounts, status: SpotStatus, by: 1 | -1): SpotCounts {
  return { ...counts, [status]: Math.max(0, counts[status] + by) };
}

/** One change of a spot as its followers are told. */
export function changeMessage({ version, spotType, change }: SpotChangeAt, availableSpots: number): ChangeMessage {
  return {
    kind: "change",
    parking_lot_id: change.parking_lot_id,
    version,
    spot_id: change.spot_id,
    spot_type: spotType,
    old_status: change.old_status,
    new_status: change.new_status,
    available_spots: availableSpots,
  };
}

/** Past changes as messages, given how many spots are free after the last of them. */
export function replayMessages(changes: readonly SpotChangeAt[], availableAfterAll: number): ChangeMessage[] {
  const messages: ChangeMessage[] = [];
  let available = availableAfterAll;
  for (const one of changes.toReversed()) {
    messages.push(changeMessage(one, available));
    available += Number(one.change.old_status === "available") - Number(one.change.new_status === "available");
  }
  return messages.reverse();
}
