import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const entry = join(import.meta.dirname, "..", "edge", "src", "cli", "main.ts");

if (existsSync(entry)) {
  // The command line reads its arguments and its own name from here.
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
} else {
  console.error("edge/src/cli/main.ts is missing; is this a whole copy of the project?");
  process.exitCode = 1;
}
