import { REMEMBERED_MAX, type Slot, type TrialVerdict, type UpdateState } from "./update-state.ts";
import { compareVersions } from "./version.ts";

/** How often an update may start without showing that it works; more than once, as a power cut is not its fault. */
export const STARTS_MAX = 3;

export interface StartFacts {
  /** Version of the Debian package. */
  readonly base: string;
  /** Slots that are whole. */
  readonly slots: readonly string[];
  /** Where the link `current` leads; null when it is missing or leads nowhere. */
  readonly current: Slot | null;
  readonly state: UpdateState;
  readonly verdict: TrialVerdict | null;
}

export interface StartDecision {
  readonly run: Slot;
  readonly state: UpdateState;
  /** What happened to an update, for the log; null when nothing did. */
  readonly note: string | null;
}

/**
 * Which release runs from now on; asked before each start of the agent.
 *
 * 1. What is not whole never runs. 2. An update on trial that has failed, or has started `STARTS_MAX` times in vain, is
 * taken back. 3. A newer Debian package goes before an older slot. 4. The package's own release is always there.
 */
export function decideStart(facts: StartFacts): StartDecision {
  const { state, current } = facts;
  const { trial } = state;
  // Power went between the note of the trial and the switch to it: nothing has been switched.
  if (trial && current !== trial.version)
    return {
      ...settled({ ...facts, state: { ...state, trial: null } }),
      note: `Update ${trial.version} was never switched to.`,
    };
  if (!trial) return settled(facts);
  return onTrial(facts, trial);
}

function onTrial(facts: StartFacts, trial: NonNullable<UpdateState["trial"]>): StartDecision {
  const { state, verdict, slots } = facts;
  const said = verdict?.version === trial.version ? verdict : null;
  const rest: UpdateState = { ...state, trial: null };
  if (!slots.includes(trial.version)) return takeBack(facts, trial, "its files are not whole");
  if (said?.result === "works") {
    const done = settled({ ...facts, state: { ...rest, previous: trial.from } });
    return { ...done, note: `Update ${trial.version} works.` };
  }
  if (said?.result === "failed") return takeBack(facts, trial, said.why);
  if (trial.starts >= STARTS_MAX)
    return takeBack(facts, trial, `it started ${trial.starts} times without showing that it works`);
  return { run: trial.version, state: { ...state, trial: { ...trial, starts: trial.starts + 1 } }, note: null };
}

function takeBack(facts: StartFacts, trial: NonNullable<UpdateState["trial"]>, why: string): StartDecision {
  const { state } = facts;
  const taken_back = [...state.taken_back, { version: trial.version, why }].slice(-REMEMBERED_MAX);
  const before = settled({ ...facts, current: trial.from, state: { ...state, trial: null, taken_back } });
  return { ...before, note: `Update ${trial.version} is taken back: ${why}. ${before.run} runs again.` };
}

/** No update is on trial. */
function settled({ base, slots, current, state }: StartFacts): StartDecision {
  const isWhole = (one: Slot | null): one is Slot => one === "base" || (one !== null && slots.includes(one));
  const choice = isWhole(current) ? current : isWhole(state.previous) ? state.previous : "base";
  if (choice !== "base" && compareVersions(base, choice) > 0)
    return {
      run: "base",
      state: { ...state, previous: null },
      note: `The package's own release ${base} is newer than ${choice}.`,
    };
  return { run: choice, state, note: null };
}

/** Goes back to what ran before, by a technician's word. Null when there is nothing to go back to. */
export function decideRollback({
  state,
  slots,
  current,
}: Pick<StartFacts, "state" | "slots" | "current">): StartDecision | null {
  const to = state.trial?.from ?? state.previous;
  if (to === null || to === current || (to !== "base" && !slots.includes(to))) return null;
  return { run: to, state: { ...state, trial: null, previous: null }, note: `Back to ${to}.` };
}
