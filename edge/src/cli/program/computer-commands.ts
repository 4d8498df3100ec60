import { addCommand, type Gate, GROUPS, lazy } from "./shape.ts";

const configCheck = lazy(async () => (await import("../commands/config-check.ts")).configCheck);
const pagePassword = lazy(async () => (await import("../commands/page-password.ts")).pagePassword);
const supportBundle = lazy(async () => (await import("../commands/support-bundle.ts")).supportBundle);

export interface ComputerCommandsOptions extends Gate {
  /** The agent's own site file, where it is known. */
  readonly ownSite: string | undefined;
}

/** Files and programs of the lot's computer. */
export function addComputerCommands({ program, context, ownSite }: ComputerCommandsOptions): void {
  const group = GROUPS.computer;
  const config = addCommand(program, "config", {
    group,
    about: "check site files: gate config check",
    examples: ["gate config check lot.yaml"],
  });
  addCommand(config, "check", {
    group,
    about: "check site files and device profiles; needs no agent",
    examples: ["gate config check firmware-configs/sites/lot.yaml", "gate config check"],
  })
    .argument("[files...]", "YAML files; the agent's own when left out")
    .action((files: string[]) => {
      const { json, write } = context();
      return configCheck(files, { json, write, ownSite });
    });
  const page = addCommand(program, "page", {
    group,
    about: "the technician's page: gate page password",
    examples: ["gate page password"],
  });
  addCommand(page, "password", {
    group,
    about: "set or remove the password of the technician's page",
    examples: ["gate page password", "gate page password --file secret.txt", "gate page password --remove"],
  })
    .option("--file <file>", "file with the password in its first line; asked for when left out")
    .option("--remove", "nobody can log in any more", false)
    .action(({ file, remove }: { file?: string; remove: boolean }) =>
      pagePassword(context(), { file: file ?? null, remove }),
    );
  addCommand(program, "support-bundle", {
    group,
    about: "collect what somebody who helps from afar needs; no secrets, no plates",
    examples: ["gate support-bundle help.tar.gz", "gate support-bundle help.tar.gz --log agent.log"],
  })
    .argument("<file>", "where it goes, a .tar.gz")
    .option("--with-plates", "leave plates and codes in", false)
    .option("--log <file>", "the agent's log; that of its systemd unit when left out")
    .action((file: string, { withPlates, log }: { withPlates: boolean; log?: string }) =>
      supportBundle(context(), file, { withPlates, logFile: log ?? null }),
    );
}
