import { basename, dirname, join } from "node:path";
import type { UpdateFiles } from "./update-files.ts";
import { type Slot, slot } from "./update-state.ts";

/** Where releases are on a computer. */
export interface Places {
  /** Root's own folder: slots, the link `current` and state.json. */
  readonly updates: string;
  /** The Debian package's release. */
  readonly base: string;
  /** Written by the agent: what it says of its trial. */
  readonly verdict: string;
}

export const BASE_RELEASE = "/usr/lib/gatehouse";

/**
 * Updates lie beside the agent's data and not in them: the agent owns its data's folder, so it could put folders of its own
 * in the place of root's there.
 */
export function placesOf(dataDir: string, base = BASE_RELEASE): Places {
  return { updates: join(dirname(dataDir), "updates"), base, verdict: join(dataDir, "update-verdict.json") };
}

export const statePath = ({ updates }: Places): string => join(updates, "state.json");
export const currentPath = ({ updates }: Places): string => join(updates, "current");

/** The folder of a release. */
export function releasePath({ updates, base }: Places, one: Slot): string {
  return one === "base" ? base : join(updates, "slots", one);
}

/** Slots that are whole: a slot gets its name only when every file in it is durable. */
export function wholeSlots(places: Places, files: UpdateFiles): readonly string[] {
  const names = files.list(join(places.updates, "slots"));
  return names.filter(
    (name) => slot.safeParse(name).success && name !== "base" && isRelease(files, releasePath(places, name as Slot)),
  );
}

export function isRelease(files: UpdateFiles, path: string): boolean {
  return ["release.json", "bin/node", "edge/src/agent/main.ts"].every((name) => files.exists(join(path, name)));
}

/** Where `current` leads; null when it is missing or leads nowhere. */
export function currentSlot(places: Places, files: UpdateFiles): Slot | null {
  const target = files.linkTarget(currentPath(places));
  if (target === null) return null;
  if (target === places.base) return "base";
  const name = slot.safeParse(basename(target));
  return name.success && isRelease(files, releasePath(places, name.data)) ? name.data : null;
}
