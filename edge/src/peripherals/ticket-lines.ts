import type { LaneLanguage } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import type { Clock } from "@gatehouse/shared/kit/clock.ts";
import { wrapped } from "../drivers/serial/wrapped.ts";
import { MAX_TICKET_LINE } from "../ports/printer/printer-port.ts";
import type { Ticket } from "./messages.ts";
import { laneText, laneTime } from "./texts/lane-texts.ts";

export interface TicketLinesOptions {
  readonly lot: string;
  readonly lane: string;
  /** IANA name; the time on a ticket is the lot's. */
  readonly timeZone: string;
  readonly language: LaneLanguage;
  readonly clock: Pick<Clock, "wall">;
}

/** Lines that a lot's name takes at most; a longer one is cut. */
const MAX_NAME_LINES = 4;

/** The lines of a ticket for people: where, when, the plate where one was read, and what to do with it. */
export function ticketLines(options: TicketLinesOptions): (ticket: Ticket) => readonly string[] {
  const { lot, lane, timeZone, language, clock } = options;
  const format = laneTime(language, timeZone);
  return ({ plate }) => [
    ...wrapped(lot, MAX_TICKET_LINE).slice(0, MAX_NAME_LINES),
    laneText(language, "ticket.title"),
    `${format.format(clock.wall())} · ${lane}`.slice(0, MAX_TICKET_LINE),
    ...(plate === null ? [] : [plate.slice(0, MAX_TICKET_LINE)]),
    laneText(language, "ticket.keep"),
  ];
}
