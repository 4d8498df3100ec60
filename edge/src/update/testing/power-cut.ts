import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UpdateFiles } from "../update-files.ts";

export class PowerCut extends Error {}

/** Steps that change the disk. */
const CHANGING = ["makeFolder", "remove", "write", "link", "rename", "unpack"] as const;

/**
 * Files on which the power goes at one step: `before` it, or `within` it, which leaves what a cut there can leave (an
 * unpacked half, a new file that has not its name yet). Counts the steps when `at` is never reached.
 */
export function cutFiles(
  real: UpdateFiles,
  at: number,
  where: "before" | "within",
): { files: UpdateFiles; steps: () => number } {
  let step = 0;
  const cut = (): boolean => step++ === at;
  const files: UpdateFiles = {
    ...real,
    makeFolder: (path) => (cut() ? power() : real.makeFolder(path)),
    remove: (path) => (cut() ? power() : real.remove(path)),
    rename: (from, to) => (cut() ? power() : real.rename(from, to)),
    write(path, text) {
      if (!cut()) return real.write(path, text);
      if (where === "within") writeFileSync(`${path}.new`, text.slice(0, text.length / 2));
      return power();
    },
    link(path, target) {
      if (!cut()) return real.link(path, target);
      if (where === "within") writeFileSync(`${path}.new`, "");
      return power();
    },
    async unpack(tar, into) {
      if (!cut()) return await real.unpack(tar, into);
      if (where === "within") writeFileSync(join(into, "release.json"), "{");
      tar.destroy();
      return power();
    },
  };
  return { files, steps: () => step };
}

function power(): never {
  throw new PowerCut(`the power went; steps that change the disk: ${CHANGING.join(", ")}`);
}
