import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { z } from "zod";
import { version } from "./version.ts";

/** Most refused updates that are remembered. */
export const REMEMBERED_MAX = 10;

/** A place that a release runs from: the Debian package's own, or the slot of an update, named by its version. */
export const slot = z.union([z.literal("base"), version]);

/** state.json of the updates' folder; written by root only. */
export const updateState = z.object({
  /** An update that has not shown yet that it works. */
  trial: z.object({ version, from: slot, starts: z.int().min(0), needs_link: z.boolean() }).nullable(),
  /** What ran before the release that runs now; `gate rollback` goes there. */
  previous: slot.nullable(),
  /** Updates that were taken back, the latest last. */
  taken_back: z.array(z.object({ version, why: z.string() })).max(REMEMBERED_MAX),
});

/** What the agent on trial says of itself; written by the agent's user, so it decides nothing but its own trial. */
export const trialVerdict = z.object({ version, result: z.enum(["works", "failed"]), why: z.string().max(500) });

export type Slot = z.infer<typeof slot>;
export type UpdateState = z.infer<typeof updateState>;
export type TrialVerdict = z.infer<typeof trialVerdict>;

export const NO_UPDATES: UpdateState = { trial: null, previous: null, taken_back: [] };

/** A file that is missing or damaged says nothing: then no update is on trial. */
export function parseState(text: string | null): UpdateState {
  const parsed = updateState.safeParse(text === null ? null : parseJson(text));
  return parsed.success ? parsed.data : NO_UPDATES;
}

export function parseVerdict(text: string | null): TrialVerdict | null {
  const parsed = trialVerdict.safeParse(text === null ? null : parseJson(text));
  return parsed.success ? parsed.data : null;
}
