import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mutant } from "../../edge/mutants/mutant.ts";

/** Vitest as the project's unit tests run it, but in one thread and up to the first failure. */
const CONFIG = `export default {
  cacheDir: "./.cache",
  test: { include: ["edge/src/**/*.test.ts"], pool: "threads", maxWorkers: 1, isolate: false, bail: 1, testTimeout: 30_000 },
};
`;

/** A copy of the edge's source outside the tree, in which one fault at a time is made. */
export interface Scratch {
  readonly directory: string;
  /** Makes the fault; returns what is wrong with it, or null. */
  apply(mutant: Mutant): string | null;
  /** Takes the fault of the last `apply` away. */
  restore(mutant: Mutant): void;
  remove(): void;
}

/** Copies what the tests of lane and guard need; the other packages are found where they are. */
export function makeScratch(root: string): Scratch {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-mutants-"));
  mkdirSync(join(directory, "edge"));
  cpSync(join(root, "edge", "src"), join(directory, "edge", "src"), { recursive: true });
  cpSync(join(root, "edge", "package.json"), join(directory, "edge", "package.json"));
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  symlinkSync(join(root, "edge", "node_modules"), join(directory, "edge", "node_modules"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(directory, "vitest.config.mjs"), CONFIG);
  const pathOf = ({ file }: Mutant): string => join(directory, "edge", "src", file);
  let sound = "";
  return {
    directory,
    apply: (mutant) => {
      const text = readFileSync(pathOf(mutant), "utf8");
      const places = text.split(mutant.find).length - 1;
      if (places !== 1) return `its text is in edge/src/${mutant.file} ${places} times`;
      sound = text;
      writeFileSync(
        pathOf(mutant),
        text.replace(mutant.find, () => mutant.replace),
      );
      return null;
    },
    restore: (mutant) => writeFileSync(pathOf(mutant), sound),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
