import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gateSocketOf } from "./system/layout.ts";

const ENTRY = join(import.meta.dirname, "..", "edge", "src", "cli", "main.ts");
const DATA_DIR = ".gatehouse/demo";

/** Takes `--name value` or `--name=value` out of the words. */
function takeOption(words: string[], name: string): string | undefined {
  const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  if (at === -1) return undefined;
  const [word = "", value] = words.slice(at, at + 2);
  const isJoined = word.includes("=");
  words.splice(at, isJoined ? 1 : 2);
  return isJoined ? word.slice(name.length + 1) : value;
}

/** The lots of a simulated system, as its last start laid them out. */
function lotsIn(dataDir: string): string[] {
  try {
    return readdirSync(join(dataDir, "lots"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** `gate` for the lots that `npm start` runs: `--lot CODE` names one; all else goes to the command as it is. */
const words = process.argv.slice(2);
const dataDir = resolve(takeOption(words, "--data") ?? DATA_DIR);
const named = takeOption(words, "--lot");
const lots = lotsIn(dataDir);
const running = lots.filter((code) => existsSync(gateSocketOf(dataDir, code)));
const choice = running.length > 0 ? running : lots;
const lot = named ?? (choice.length === 1 ? choice[0] : undefined);
const needsLot = !words.some(
  (word) => word === "--socket" || word === "--help" || word === "-h" || word === "--version",
);

if (named !== undefined && !lots.includes(named)) {
  const known = lots.length > 0 ? `The lots there are: ${lots.join(", ")}.` : "Run npm start first.";
  process.stderr.write(`gate: there is no lot "${named}" in ${dataDir}. ${known}\n`);
  process.exitCode = 2;
} else if (lot === undefined && choice.length > 1 && needsLot && words.length > 0) {
  process.stderr.write(`gate: say which lot with --lot CODE: ${choice.join(", ")}.\n`);
  process.exitCode = 2;
} else {
  if (lot !== undefined) process.env.GATEHOUSE_SOCKET = gateSocketOf(dataDir, lot);
  process.argv = [process.argv[0] ?? "node", ENTRY, ...words];
  await import(pathToFileURL(ENTRY).href);
}
