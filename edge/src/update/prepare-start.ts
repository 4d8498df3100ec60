import { join } from "node:path";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import { currentPath, placesOf } from "./places.ts";
import { startRelease } from "./start-release.ts";
import { updateFiles } from "./update-files.ts";

/*
 * Before each start of the agent (ExecStartPre, as root, from the Debian package): decides which release runs. Whatever
 * goes wrong here, the package's own release runs rather than none.
 */

/** The unit's mask is for the agent's own files; what root puts here is read by the agent, another user. */
process.umask(0o022);

const base = join(import.meta.dirname, "..", "..", "..");
const places = placesOf(process.env.GATEHOUSE_DATA_DIR ?? "/var/lib/gatehouse/data", base);

try {
  updateFiles.makeFolder(places.updates);
  const { run, note } = startRelease(places, updateFiles);
  if (note !== null) process.stdout.write(`${note}\n`);
  process.stdout.write(`Release ${run === "base" ? "of the package" : run} runs.\n`);
} catch (error) {
  process.stderr.write(`Updates can't be looked at (${errorMessage(error)}); the package's own release runs.\n`);
  updateFiles.link(currentPath(places), places.base);
}
