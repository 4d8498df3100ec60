import type { Mutant } from "./mutant.ts";

const at =
  (file: string) =>
  (rule: string, id: string, find: string, replace: string): Mutant => ({ id, rule, file, find, replace });
const doubts = at("lane/kept-doubts.ts");
const file = at("lane/kept-file.ts");

/** Faults in what lanes keep over a restart. */
export const mutants: readonly Mutant[] = [
  doubts(
    "SAFE-15",
    "unreadable-file-is-no-doubt",
    "const isUnread = file.unreadable !== null;",
    "const isUnread = false;",
  ),
  doubts("SAFE-14", "unreadable-file-trusts-pairs", "pairs: isUnread ? second : pairs", "pairs"),
  doubts("SAFE-15", "unknown-boot-is-the-same", "(boot === null || !file.isNew)", "boot === undefined"),
  doubts("SAFE-15", "other-boot-is-the-same", "return file.boot !== boot;", "return false;"),
  file("SAFE-22", "lock-of-damage-written-away", "    this.#lanes.set(laneId, locked);\n", ""),
  file(
    "SAFE-22",
    "damaged-file-locks-nothing",
    "fire: false, maintenance: LOCKED_BY_DAMAGE",
    "fire: false, maintenance: null",
  ),
];
