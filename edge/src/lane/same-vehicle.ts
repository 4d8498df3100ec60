import { confusableKey } from "@gatehouse/shared/domain/plate/normalise.ts";
import type { Answer, Vehicle } from "./approach-types.ts";
import type { PendingRead } from "./machine-types.ts";
import { credentialValue } from "./turn.ts";

/** Whether two reads can be one plate: look-alike characters, or one lost at either end. Other differences are other plates. */
export function looksAlike(one: string, other: string): boolean {
  const [short = "", long = ""] = [confusableKey(one), confusableKey(other)].toSorted((a, b) => a.length - b.length);
  if (short === long) return true;
  return short.length >= 4 && long.length === short.length + 1 && (long.startsWith(short) || long.endsWith(short));
}

/**
 * Whether a read is of the vehicle that stands on the arming loop. What its driver shows at the reader is. A plate is, as
 * long as the vehicle has had no answer; from then on another plate is that of the vehicle behind it, because between two
 * vehicles the loop shows a gap and there was none (SAFE-27). When the desk asked for a better read, any plate counts.
 */
export function isOf(vehicle: Vehicle, answer: Answer | null, read: PendingRead): boolean {
  if (read.credential.kind !== "plate" || answer === null || answer.ask === "retry_read") return true;
  return vehicle.plate !== null && looksAlike(credentialValue(vehicle.plate), read.value);
}
