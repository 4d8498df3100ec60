import type { AgeLimit, LotPolicy } from "../../contracts/replica/lot.ts";
import { MINUTE_MS } from "../../kit/durations.ts";
import type { ReplicaClass, SharedFacts } from "./facts.ts";

/** What the age of the replica allows with one class of data. */
export type Freshness = "fresh" | AgeLimit["beyond"];

/** A replica that was never confirmed since it was loaded is of unknown age, and so beyond every limit. */
export function freshnessOf(
  { replica }: Pick<SharedFacts, "replica">,
  policy: Pick<LotPolicy, "replica_age_limits">,
  dataClass: ReplicaClass,
): Freshness {
  const { max_age_minutes, beyond } = policy.replica_age_limits[dataClass];
  if (max_age_minutes === null) return "fresh";
  return replica.ageMs !== null && replica.ageMs <= max_age_minutes * MINUTE_MS ? "fresh" : beyond;
}

/** Whether the wall clock can judge dates and hours. A clock in holdover can: it drifts by seconds a day. */
export function canJudgeTime({ clock }: Pick<SharedFacts, "clock">): boolean {
  return clock !== "unknown";
}
