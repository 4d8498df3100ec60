import type { Protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import type { LaneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import type { GuardReport } from "./guard-reports.ts";
import type { GuardState } from "./guard-state.ts";
import { laneInputs } from "./lane-inputs.ts";

/** What the site file says of a lane's safety. */
export interface GuardPolicy {
  readonly timings: LaneTimings;
  readonly protection: Protection;
  /** The barrier has a hold-open output. */
  readonly hasHold?: boolean;
}

/** What one step works on; the state is replaced, never changed. */
export interface GuardTurn {
  state: GuardState;
  readonly reports: GuardReport[];
  readonly now: MonoMs;
  readonly policy: GuardPolicy;
}

export function update(turn: GuardTurn, change: Partial<GuardState>): void {
  turn.state = { ...turn.state, ...change };
}

/** Reads the inputs anew, for what follows in this step. */
export function look(turn: GuardTurn): void {
  const view = laneInputs(turn.state, turn.now, turn.policy);
  const lastHazardAt = view.hazard === null ? turn.state.lastHazardAt : turn.now;
  update(turn, { view, lastHazardAt });
}
