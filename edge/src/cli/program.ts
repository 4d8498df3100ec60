import { Command, InvalidArgumentError } from "commander";
import type { CommandContext } from "./command-context.ts";
import { configCheck } from "./commands/config-check.ts";
import { doctor } from "./commands/doctor.ts";
import { journal } from "./commands/journal.ts";
import { laneCommand } from "./commands/lane-command.ts";
import { lanes } from "./commands/lanes.ts";
import { outbox } from "./commands/outbox.ts";
import { read } from "./commands/read.ts";
import { sessions } from "./commands/sessions.ts";
import { status } from "./commands/status.ts";
import { watch } from "./commands/watch.ts";

export interface GlobalOptions {
  readonly socket: string;
  readonly json: boolean;
}

/** The `gate` command; `contextOf` opens the connection once the options are known. */
export function gateProgram(
  version: string,
  defaultSocket: string,
  contextOf: (options: GlobalOptions) => CommandContext,
): Command {
  const program = new Command("gate")
    .description("Looks after the gates of this lot. Works over the agent's local socket, with or without a network.")
    .version(version)
    .option("--socket <file>", "local socket of the agent", defaultSocket)
    .option("--json", "machine-readable output", false)
    .showHelpAfterError("(gate --help lists the commands)")
    .exitOverride();
  const context = (): CommandContext => contextOf(program.opts<GlobalOptions>());

  program
    .command("status")
    .description("the lot at a glance")
    .action(() => status(context()));
  program
    .command("lanes")
    .description("each lane with its barrier and loops")
    .action(() => lanes(context()));
  program
    .command("watch")
    .description("live picture of the lanes, until Ctrl-C")
    .argument("[lane]", "only this lane")
    .action((lane?: string) => watch(context(), lane ?? null));
  program
    .command("open")
    .description("open a lane's barrier once, by hand")
    .argument("<lane>", "the lane's code, as `gate lanes` shows it")
    .requiredOption("--reason <text>", "why; goes to the journal and to the cloud")
    .action((lane: string, { reason }: { reason: string }) => laneCommand(context(), lane, { action: "open", reason }));
  program
    .command("reset")
    .description("clear a lane's alarm after its cause was removed")
    .argument("<lane>", "the lane's code")
    .requiredOption("--reason <text>", "what was done; goes to the journal")
    .action((lane: string, { reason }: { reason: string }) =>
      laneCommand(context(), lane, { action: "reset", reason }),
    );
  program
    .command("read")
    .description("offer a plate to a lane as its camera would")
    .argument("<plate>", "plate text")
    .requiredOption("--lane <lane>", "the lane's code")
    .option("--confidence <0..1>", "confidence of the read", fraction)
    .action((plate: string, { lane, confidence }: { lane: string; confidence?: number }) =>
      read(context(), plate, { lane, confidence: confidence ?? null }),
    );
  program
    .command("sessions")
    .description("who is inside")
    .option("--all", "also stays that have ended", false)
    .option("--plate <plate>", "only this plate")
    .option("--limit <n>", "most rows, 1 to 1000", rowCount, 50)
    .action(({ all, plate, limit }: { all: boolean; plate?: string; limit: number }) =>
      sessions(context(), { all, plate: plate ?? null, limit }),
    );
  program
    .command("outbox")
    .description("what the cloud has not confirmed yet")
    .action(() => outbox(context()));
  program
    .command("journal")
    .description("what happened in the lanes, the latest last")
    .option("--lane <lane>", "only this lane")
    .option("--limit <n>", "most rows, 1 to 1000", rowCount, 50)
    .action(({ lane, limit }: { lane?: string; limit: number }) => journal(context(), { lane: lane ?? null, limit }));
  program
    .command("config")
    .description("look after configuration files")
    .command("check")
    .description("check site files and device profiles, without an agent; code 2 when one has an error")
    .argument("[file...]", "site files or profiles; the agent's own (GATEHOUSE_SITE) when left out")
    .action((files: string[]) => configCheck(files, { ...context(), ownSite: process.env.GATEHOUSE_SITE }));
  program
    .command("doctor")
    .description("look the lot over and say what to do")
    .action(() => doctor(context()));
  return program;
}

function rowCount(text: string): number {
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1 || rows > 1_000)
    throw new InvalidArgumentError("Give a whole number from 1 to 1000.");
  return rows;
}

function fraction(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number <= 1)) throw new InvalidArgumentError("Give a number from 0 to 1.");
  return number;
}
