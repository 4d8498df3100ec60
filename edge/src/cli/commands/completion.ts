import tab from "@bomb.sh/tab";
import addCompletion from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";

/** Answers of the agent for the shell, by the name of an argument. A missing agent completes nothing, silently. */
async function namesFor(context: CommandContext): Promise<Readonly<Record<string, readonly string[]>>> {
  const [{ z }, { telemetryLane }, { cameraRow }] = await Promise.all([
    import("zod"),
    import("@gatehouse/shared/contracts/mqtt/link.ts"),
    import("../../local-api/contract.ts"),
  ]);
  const [lanes, cameras] = await Promise.all([
    context.agent.get("/lanes", z.array(telemetryLane)).catch(() => []),
    context.agent.get("/cameras", z.array(cameraRow)).catch(() => []),
  ]);
  return { lane: lanes.map(({ code }) => code), camera: cameras.map(({ id }) => id) };
}

/** Adds `gate completion SHELL`, and the hidden `gate complete -- WORDS` by which the shell asks. */
export function addCompletionCommands(program: Command, contextOf: () => CommandContext): void {
  addCompletion(program, { completionCommandName: "completion" });
  const made = program.commands.find((command) => command.name() === "completion");
  made?.helpGroup("This command:").description("print the completion script for bash, zsh or fish");
  const asked = program.commands.find((command) => command.name() === "complete");
  asked?.hook("preAction", async () => {
    const names = await namesFor(contextOf());
    for (const command of tab.commands.values()) {
      for (const [name, values] of Object.entries(names)) {
        const argument = command.arguments.get(name);
        if (argument) argument.handler = (add) => values.forEach((value) => void add(value, ""));
        const option = command.options.get(name);
        if (option) option.handler = (add) => values.forEach((value) => void add(value, ""));
      }
    }
  });
}
