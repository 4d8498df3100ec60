import { join } from "node:path";
import { parseJson } from "@gatehouse/shared/kit/json.ts";
import { z } from "zod";
import { decideRollback, decideStart } from "./decide-start.ts";
import { currentPath, currentSlot, type Places, releasePath, statePath, wholeSlots } from "./places.ts";
import type { UpdateFiles } from "./update-files.ts";
import { parseState, parseVerdict, type Slot } from "./update-state.ts";
import { version } from "./version.ts";

const release = z.object({ version, arch: z.string() });

/** What a release says of itself; null when it is none. */
export function releaseOf(files: UpdateFiles, folder: string): z.infer<typeof release> | null {
  const text = files.read(join(folder, "release.json"));
  const parsed = release.safeParse(text === null ? null : parseJson(text));
  return parsed.success ? parsed.data : null;
}

/**
 * Puts the link `current` to the release that is to run now. Before each start of the agent. The state is durable before
 * the link moves, so that a power cut in between is decided the same way at the next start.
 */
export function startRelease(places: Places, files: UpdateFiles): { readonly run: Slot; readonly note: string | null } {
  const before = files.read(statePath(places));
  const current = currentSlot(places, files);
  const { run, state, note } = decideStart({
    base: releaseOf(files, places.base)?.version ?? "0.0.0",
    slots: wholeSlots(places, files),
    current,
    state: parseState(before),
    verdict: parseVerdict(files.read(places.verdict)),
  });
  // Taking back: the link first. A cut after it finds a trial that isn't current, which is over.
  if (run !== current) files.link(currentPath(places), releasePath(places, run));
  const text = `${JSON.stringify(state)}\n`;
  if (text !== before) files.write(statePath(places), text);
  if (state.trial === null) removeOldSlots(places, files, [run, state.previous]);
  return { run, note };
}

/** Goes back to the release that ran before. Null when there is none. */
export function rollBack(places: Places, files: UpdateFiles): Slot | null {
  const decision = decideRollback({
    state: parseState(files.read(statePath(places))),
    slots: wholeSlots(places, files),
    current: currentSlot(places, files),
  });
  if (!decision) return null;
  files.link(currentPath(places), releasePath(places, decision.run));
  files.write(statePath(places), `${JSON.stringify(decision.state)}\n`);
  return decision.run;
}

function removeOldSlots(places: Places, files: UpdateFiles, kept: readonly (Slot | null)[]): void {
  for (const name of wholeSlots(places, files))
    if (!kept.some((one) => one === name)) files.remove(releasePath(places, name));
}
