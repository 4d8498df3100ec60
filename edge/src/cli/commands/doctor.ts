import { z } from "zod";
import { type Finding, finding } from "../../local-api/contract.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";

const answer = z.object({ findings: z.array(finding), rejected_reads: z.array(z.unknown()) });

const SIGNS: Readonly<Record<Finding["level"], string>> = { ok: "ok     ", warning: "warning", fault: "FAULT  " };

/** `gate doctor`: looks the lot over and says what to do. Exit code 1 when something is faulty. */
export async function doctor(context: CommandContext): Promise<void> {
  const report = await context.agent.get("/doctor", answer);
  show(context, report, ({ findings }) => findings.map(findingText).join("\n"));
  const faults = report.findings.filter(({ level }) => level === "fault").length;
  if (faults > 0)
    throw new CommandFailure(EXIT.failed, `${faults} ${faults === 1 ? "fault needs" : "faults need"} a hand.`);
}

function findingText({ level, message, advice }: Finding): string {
  return `${SIGNS[level]}  ${message}${advice === null ? "" : `\n         -> ${advice}`}`;
}
