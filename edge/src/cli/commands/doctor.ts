import { z } from "zod";
import { agentStatus, type Finding, finding } from "../../local-api/contract.ts";
import { fine, warning } from "../../local-api/doctor/fine.ts";
import { paint } from "../colour.ts";
import { type CommandContext, show } from "../command-context.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { lookLocally } from "../local-look.ts";

const answer = z.object({ findings: z.array(finding), rejected_reads: z.array(z.unknown()) });

type Report = z.infer<typeof answer>;

const SIGNS: Readonly<Record<Finding["level"], string>> = { ok: "ok     ", warning: "warning", fault: "FAULT  " };

/**
 * `gate doctor`: looks the lot over and says what to do. Exit code 1 when something is faulty; without an agent it looks at
 * this computer, with the exit code of what kept it from asking.
 */
export async function doctor(context: CommandContext, { dataDir }: { readonly dataDir: string }): Promise<void> {
  const report = await askAgent(context).catch((error: unknown) => {
    if (!(error instanceof CommandFailure) || !CAN_LOOK.has(error.exitCode)) throw error;
    const { socketPath } = context;
    const findings = [...lookLocally(error, { socketPath, dataDir })];
    show(context, { findings, rejected_reads: [] }, (told) => reportText(told, context));
    throw new CommandFailure(error.exitCode, "The agent itself could not be asked.");
  });
  show(context, report, (told) => reportText(told, context));
  const faults = report.findings.filter(({ level }) => level === "fault").length;
  if (faults > 0)
    throw new CommandFailure(EXIT.failed, `${faults} ${faults === 1 ? "fault needs" : "faults need"} a hand.`);
}

const CAN_LOOK: ReadonlySet<number> = new Set([EXIT.notAuthorised, EXIT.notReachable]);

async function askAgent(context: CommandContext): Promise<Report> {
  const report = await context.agent.get("/doctor", answer);
  const { agent } = await context.agent.get("/status", agentStatus);
  return { ...report, findings: [versionFinding(agent.version, context.version), ...report.findings] };
}

function versionFinding(agent: string, command: string): Finding {
  if (agent === command) return fine("version", `Agent and command are version ${agent}.`);
  return warning(
    "version",
    `The agent is version ${agent}, this command ${command}.`,
    "After an update the agent must be started anew (systemctl restart gatehouse); or this command is an older one in the PATH.",
  );
}

function reportText({ findings }: Report, { terminal }: CommandContext): string {
  const colours = paint(terminal.hasColour);
  const mark = { ok: colours.good, warning: colours.warn, fault: colours.bad };
  return findings
    .map(
      ({ level, message, advice }) =>
        `${mark[level](SIGNS[level])}  ${message}${advice === null ? "" : `\n         -> ${advice}`}`,
    )
    .join("\n");
}
