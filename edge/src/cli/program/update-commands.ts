import { addCommand, type Gate, GROUPS, lazy } from "./shape.ts";

const update = lazy(async () => (await import("../commands/update.ts")).update);
const rollback = lazy(async () => (await import("../commands/rollback.ts")).rollback);

const KEYS = "/etc/gatehouse/update-keys";
const WITHOUT_AGENT = "the agent is down and can't be asked whether its lanes are clear";

/** Releases of the agent itself. */
export function addUpdateCommands({
  program,
  context,
  defaultDataDir,
}: Gate & { readonly defaultDataDir: string }): void {
  const group = GROUPS.computer;
  addCommand(program, "update", {
    group,
    about: "install a signed release, or tell which one runs",
    examples: [
      "gate update",
      "gate update --check gatehouse-0.2.0-arm64.update",
      "sudo gate update gatehouse-0.2.0-arm64.update",
    ],
  })
    .argument("[file]", "the update; without one, which release runs and how its trial goes")
    .option("--check", "only say whether it would be installed", false)
    .option("--without-agent", WITHOUT_AGENT, false)
    .option("--data-dir <folder>", "the agent's data", defaultDataDir)
    .option("--keys <folder>", "public keys that this computer takes", KEYS)
    .action(
      (file: string | undefined, words: { check: boolean; withoutAgent: boolean; dataDir: string; keys: string }) =>
        update(context(), file ?? null, words),
    );
  addCommand(program, "rollback", {
    group,
    about: "go back to the release that ran before",
    examples: ["sudo gate rollback"],
  })
    .option("--without-agent", WITHOUT_AGENT, false)
    .option("--data-dir <folder>", "the agent's data", defaultDataDir)
    .action((words: { withoutAgent: boolean; dataDir: string }) => rollback(context(), words));
}
