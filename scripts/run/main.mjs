import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";
import { launch } from "./launch.mjs";
import { SetupError } from "./setup-error.mjs";

const VERBS = {
  start: "sets everything up and runs the cloud, two lots and simulated traffic",
  test: "runs the tests",
  "test-gpio": "runs the drivers in a virtual machine that has GPIO lines and a watchdog",
  check: "runs the static checks; --fix repairs what can be",
  bench: "measures; without a name, lists what can be measured",
  "test-package": "installs, starts, updates and removes the Debian package in a virtual machine",
  package: "builds Debian packages of the agent",
  mutants: "makes faults in the gate's safety core, one at a time, and looks which test catches them",
  explore: "goes through every state of lane and guard and judges the safety rules; --short in a minute",
  sim: "runs sync in virtual time under faults and judges its rules; --short in about a minute",
  powercut: "cuts the power on the gate's store at recorded moments, and starts it on what is left",
  torture: "kills, freezes and cuts off a whole system by a seed's plan, then compares it with the truth row by row",
  gate: "the technician's command line",
  ocr: "installs and tries the optional recogniser of plates in pictures",
};

/** Processors and systems for which Node, Postgres and SQLite come ready-built. */
const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Installs what is missing, then runs the verb's script on the project's own Node. Sets the exit code. */
export async function main([verb, ...args]) {
  try {
    const script = scriptOf(verb);
    checkPlatform();
    await ensureDependencies(root);
    process.exitCode = await launch({ root, script, args });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

function scriptOf(verb) {
  if (!Object.hasOwn(VERBS, verb ?? "")) {
    const lines = Object.entries(VERBS).map(([name, what]) => `  ${name.padEnd(13)} ${what}`);
    throw new SetupError(`Usage: node scripts/run.mjs VERB [arguments]\n${lines.join("\n")}`, { exitCode: 2 });
  }
  const script = join(root, "scripts", `${verb}.ts`);
  if (!existsSync(script)) throw new SetupError(`scripts/${verb}.ts is missing; is this a whole copy of the project?`);
  return script;
}

function checkPlatform() {
  const platform = `${process.platform}-${process.arch}`;
  if (PLATFORMS.includes(platform)) return;
  const advice = process.platform === "win32" ? "On Windows, use it inside WSL 2." : "Use one of those machines.";
  throw new SetupError(`Gatehouse runs on ${PLATFORMS.join(", ")}; this machine is ${platform}. ${advice}`);
}
