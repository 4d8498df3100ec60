import { SECOND_MS } from "@gatehouse/shared/kit/durations.ts";
import { useEffect, useMemo, useReducer } from "react";
import { useServices } from "../services.ts";

export interface CloudTime {
  /** The cloud's wall time in its last message, ms. */
  readonly at: number;
  /** How fast the cloud's wall clock runs; not 1 in a simulation. */
  readonly rate: number;
}

/** The cloud's wall time now, by its last message and this page's monotonic clock. Draws anew each second. */
export function useCloudTime({ at, rate }: CloudTime): number {
  const { clock } = useServices();
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const anchor = useMemo(() => ({ at, mono: clock.mono() }), [at, clock]);
  useEffect(() => {
    const timer = clock.every(SECOND_MS, draw);
    return () => timer.cancel();
  }, [clock]);
  return anchor.at + (clock.mono() - anchor.mono) * rate;
}
