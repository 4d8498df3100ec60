import type { EdgeEventBodyOf } from "@gatehouse/shared/contracts/mqtt/events.ts";

/** What the cloud hears of a lane beside movements: alarms, changes of mode, hands that moved the barrier. */
export type LaneReport = EdgeEventBodyOf<"alarm.raised" | "lane.changed" | "lane.overridden">;

/** Puts a report into the outbox; resolves when it is durable, rejects with `store_failed` when the store can't take it. */
export type ReportLane = (report: LaneReport) => Promise<void>;
