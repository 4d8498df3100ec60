import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plateInText } from "@gatehouse/edge/drivers/lpr/ocr/plate-in-text.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import packageJson from "../package.json" with { type: "json" };

const USAGE = `Usage: npm run ocr -- install                 fetches the recogniser, 350 MB, into edge/ocr
       npm run ocr -- read FILE [LAYOUT...]     reads a picture; a layout is like AA999AA`;
const FOLDER = join(import.meta.dirname, "..", "edge", "ocr");

const [verb, file, ...layouts] = process.argv.slice(2);
if (verb === "install") process.exitCode = install();
else if (verb === "read" && file !== undefined) process.exitCode = await read(file, layouts);
else {
  console.error(USAGE);
  process.exitCode = 2;
}

function install(): number {
  const args = ["--yes", packageJson.packageManager, "install", "--frozen-lockfile", "--reporter=append-only"];
  const { status } = spawnSync("npx", args, { cwd: FOLDER, stdio: "inherit" });
  if (status === 0) console.log("Installed. Give a camera the format `ocr` in the site file to use it.");
  return status ?? 1;
}

async function read(path: string, known: readonly string[]): Promise<number> {
  if (!existsSync(join(FOLDER, "node_modules"))) {
    console.error("The recogniser isn't installed; run `npm run ocr -- install` first.");
    return 1;
  }
  if (!existsSync(path)) {
    console.error(`There is no file ${path}.`);
    return 2;
  }
  const { createRecogniser } = await import("../edge/ocr/src/recogniser.ts");
  const recogniser = await createRecogniser();
  const lines = await recogniser.read(readFileSync(path), null).catch((error: unknown) => errorMessage(error));
  if (typeof lines === "string") {
    console.error(`${path} can't be read as a picture: ${lines}`);
    return 1;
  }
  for (const { text, confidence } of lines) console.log(`${confidence.toFixed(2)}  ${text}`);
  console.log(`plate: ${plateInText(lines, known)?.text ?? "none found"}`);
  return 0;
}
