import { displayTexts } from "@gatehouse/shared/domain/access/display.ts";
import { formatMoney } from "@gatehouse/shared/kit/money.ts";
import type { Display } from "./machine-types.ts";

/** What the lane itself has to say, beside the texts of a decision. */
export const laneTexts = {
  "lane.starting": "Please wait",
  "lane.welcome": "Welcome",
  "lane.reading": "Please wait",
  "lane.go": "Please drive on",
  "lane.held_open": "Please drive on",
  "lane.locked": "Lane closed",
  "lane.out_of_service": "Sorry, this lane is out of service",
  "lane.emergency": "Leave the car park now",
  "lane.fail_open": "Please drive on",
  "lane.fail_closed": "Sorry, no entry at the moment",
  "lane.maintenance": "Lane closed for maintenance",
  "lane.no_ticket": "Sorry, no ticket can be printed",
  "lane.nobody_answers": "Nobody answers, please try again",
  "lane.pin_paused": "Too many wrong PINs, please call for help",
  "lane.call_operator": "Please wait, we are calling for help",
  "payment.declined": "Not accepted, please try again",
  "payment.cancelled": "Payment cancelled",
} as const;

const texts = new Map<string, string>(Object.entries({ ...displayTexts, ...laneTexts }));

/** The line of text for the driver; a key without a text shows itself, so that nothing is silently blank. */
export function displayText({ key, amount }: Display): string {
  const text = texts.get(key) ?? key;
  return amount === null ? text : `${text}: ${formatMoney(amount, "en")}`;
}
