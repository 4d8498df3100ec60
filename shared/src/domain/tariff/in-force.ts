import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { fromIso, type WallMs } from "../../kit/clock.ts";

/** The tariff version for entries at an instant; null before the first one is in force. */
export function tariffInForce(
  policy: Pick<LotPolicy, "tariffs">,
  at: WallMs,
): { readonly id: string; readonly version: number } | null {
  let found: LotPolicy["tariffs"][number] | null = null;
  for (const one of policy.tariffs) {
    const from = fromIso(one.in_force_from);
    if (from <= at && (found === null || from > fromIso(found.in_force_from))) found = one;
  }
  return found && { id: found.tariff_id, version: found.version };
}
