import type { SiteLane } from "@gatehouse/shared/contracts/config/site/site.ts";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import type { MonoMs } from "@gatehouse/shared/kit/clock.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Journal } from "../store/journal.ts";
import type { LaneLog } from "./lane-log.ts";
import type { LaneEffect, LaneEvent, LanePolicy, LaneState } from "./machine-types.ts";
import { stateName } from "./snapshot.ts";

/** Steps of one lane between two records of its whole state, from which the steps after it can be gone through again. */
export const STEPS_PER_CHECKPOINT = 500;

/** One step of a lane's machine: what came, what was the case, and what followed. */
export interface LaneStep {
  readonly event: LaneEvent;
  readonly now: MonoMs;
  readonly policy: LanePolicy;
  readonly before: LaneState;
  readonly after: LaneState;
  readonly effects: readonly LaneEffect[];
}

export interface StepJournalOptions {
  readonly lane: Pick<SiteLane, "id" | "code">;
  readonly journal: Journal;
  readonly log: LaneLog;
}

/** Writes each step of a lane into the journal, so that `gate journal` can go through them again. */
export class StepJournal {
  readonly #options: StepJournalOptions;
  #stepsToCheckpoint = 0;
  #notedPolicy = "";

  constructor(options: StepJournalOptions) {
    this.#options = options;
  }

  step({ event, now, policy, before, after, effects }: LaneStep): void {
    this.#checkpoint(before, policy);
    this.note("lane.step", {
      event: plain(event),
      mono: now,
      state: stateName(after),
      mode: after.mode.kind,
      effects: effects.map(plain),
    });
  }

  /** Observations never stop a lane: a journal that can't take one is reported and the arm goes on (SAFE-20). */
  note(kind: string, data: Json): void {
    const { journal, lane, log } = this.#options;
    try {
      journal.note({ laneId: lane.id, kind, data });
    } catch (error) {
      log.warn({ lane: lane.code, kind, message: errorMessage(error) }, "The journal did not take an entry");
    }
  }

  /** Keeps the state that the next recorded step began with: at the start, now and then, and when the policy changed. */
  #checkpoint(state: LaneState, policy: LanePolicy): void {
    const policyText = JSON.stringify(policy);
    if (this.#stepsToCheckpoint-- > 0 && policyText === this.#notedPolicy) return;
    this.#stepsToCheckpoint = STEPS_PER_CHECKPOINT;
    this.#notedPolicy = policyText;
    this.note("lane.checkpoint", { state: plain(state), policy: plain(policy) });
  }
}

/** Events, effects, states and policies hold only what JSON can say; this states it to the compiler. */
function plain(value: LaneEvent | LaneEffect | LaneState | LanePolicy): Json {
  return value as unknown as Json;
}
