import type { z } from "zod";
import { agentStatus, type DecideRequest, explanation } from "../../local-api/contract.ts";
import { lotTime, readLotTime } from "../../local-api/lot-time.ts";
import { type CommandContext, show } from "../command-context.ts";
import { chargeWords, sessionWords } from "../decision-words.ts";
import { CommandFailure, EXIT } from "../exit-codes.ts";
import { span } from "../format.ts";
import { postTo } from "../post.ts";

export interface DecideOptions {
  readonly lane: string;
  readonly at: string | null;
  /** The text is a ticket, QR code, card or PIN, not a plate. */
  readonly isCode: boolean;
  readonly lostTicket: boolean;
}

/** `gate decide PLATE --lane LANE --at T`: what would be decided, and why; nothing opens and nothing is written. */
export async function decide(context: CommandContext, text: string, options: DecideOptions): Promise<void> {
  const { lot, clock } = await context.agent.get("/status", agentStatus);
  const at = options.at === null ? null : readLotTime(options.at, { now: clock.at, timeZone: lot.time_zone });
  if (options.at !== null && at === null)
    throw new CommandFailure(
      EXIT.usage,
      `--at "${options.at}" is no time; write it like 14:05, "2026-11-22 14:05" or -2h.`,
    );
  const request: DecideRequest = {
    lane: options.lane,
    plate: options.isCode ? null : text,
    code: options.isCode ? text : null,
    lost_ticket: options.lostTicket,
    at,
  };
  const found = await postTo(context, "/decide", request, explanation);
  show(context, found, (told) => explanationText(told, lot.time_zone));
}

function explanationText(told: z.infer<typeof explanation>, timeZone: string): string {
  const { decision, reasons, replica, link, clock } = told;
  const ask = typeof decision.ask === "string" ? ` for ${decision.ask.replaceAll("_", " ")}` : "";
  const age = replica.ageMs === null ? "not confirmed since the start" : `confirmed ${span(replica.ageMs)} ago`;
  return [
    `${decision.outcome}${ask}, on ${lotTime(told.at, timeZone)}`,
    ...reasons.map(({ code, text, rule }) => `  ${text} (${code}, by ${rule})`),
    ...detailLines(decision),
    `rests on replica version ${replica.version}, ${age}; link ${link}, clock ${clock}`,
    "Nothing was opened and nothing was written. All facts: --json",
  ].join("\n");
}

function detailLines({ displayKey, charge, session }: Readonly<Record<string, unknown>>): string[] {
  return [
    ...(typeof displayKey === "string" ? [`  display: ${displayKey}`] : []),
    ...(charge === undefined ? [] : [`  charge: ${chargeWords(charge)}`]),
    ...(session === undefined ? [] : [`  session: ${sessionWords(session)}`]),
  ];
}
