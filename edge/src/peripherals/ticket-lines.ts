import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { MAX_TICKET_LINE } from "../ports/printer/printer-port.ts";
import type { Ticket } from "./messages.ts";

export interface TicketLinesOptions {
  readonly lot: string;
  readonly lane: string;
  /** IANA name; the time on a ticket is the lot's. */
  readonly timeZone: string;
  readonly clock: Pick<Clock, "wall">;
}

/** The lines of a ticket for people: where, when, and the plate where one was read. A long lot name takes several lines. */
export function ticketLines({ lot, lane, timeZone, clock }: TicketLinesOptions): (ticket: Ticket) => readonly string[] {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "short", timeStyle: "short", timeZone });
  return ({ plate }) => [
    ...wrapped(lot),
    lane,
    format.format(clock.wall()),
    ...(plate === null ? [] : [plate.slice(0, MAX_TICKET_LINE)]),
  ];
}

/** Most lines that a lot's name may take. */
const MAX_NAME_LINES = 4;

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && longer.length <= MAX_TICKET_LINE) lines[lines.length - 1] = longer;
    else lines.push(word.slice(0, MAX_TICKET_LINE));
  }
  return lines.slice(0, MAX_NAME_LINES);
}
