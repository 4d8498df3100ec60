import type { DisplayKey } from "@gatehouse/shared/domain/access/display.ts";

/** Texts that tell a driver: the gate will not open, turn round. */
const REFUSALS: ReadonlySet<string> = new Set<DisplayKey>([
  "entry.full",
  "entry.closed",
  "entry.permit_full",
  "entry.no_visitors",
  "entry.refused",
  "exit.refused",
  "lane.closed",
]);

/** Whether a driver who reads this display text understands that the gate will not open. */
export function showsRefusal(displayKey: string): boolean {
  return REFUSALS.has(displayKey);
}
