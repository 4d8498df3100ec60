import type { LaneLanguage } from "@gatehouse/shared/contracts/config/site/peripherals.ts";
import { displayTexts } from "@gatehouse/shared/domain/access/display.ts";
import { formatMoney, type Money } from "@gatehouse/shared/kit/money.ts";
import { laneTexts } from "../../lane/display-text.ts";
import { dutch } from "./dutch.ts";
import { french } from "./french.ts";
import { german } from "./german.ts";
import { italian } from "./italian.ts";
import { spanish } from "./spanish.ts";

/** What a lane says in one language, by key. */
export type LaneTexts = Readonly<Record<string, string>>;

/** What only stands on tickets. */
const ticketTexts = {
  "ticket.title": "Parking ticket",
  "ticket.keep": "Please keep it and show it at the exit",
} as const;

/** Every text of every language. English has all keys; it stands in where a translation is missing. */
export const TEXTS: Readonly<Record<LaneLanguage, LaneTexts>> = {
  en: { ...displayTexts, ...laneTexts, ...ticketTexts },
  de: german,
  fr: french,
  es: spanish,
  it: italian,
  nl: dutch,
};

/** Region of a language where it says how money and times are written. */
const LOCALES: Readonly<Record<LaneLanguage, string>> = {
  en: "en-GB",
  de: "de-DE",
  fr: "fr-FR",
  es: "es-ES",
  it: "it-IT",
  nl: "nl-NL",
};

/** A text of a lane; a key without one shows itself, so that nothing is silently blank. */
export function laneText(language: LaneLanguage, key: string, amount: Money | null = null): string {
  const text = TEXTS[language][key] ?? TEXTS.en[key] ?? key;
  return amount === null ? text : `${text}: ${formatMoney(amount, LOCALES[language])}`;
}

/** Date and time as the language writes them, in the lot's time zone. */
export function laneTime(language: LaneLanguage, timeZone: string): Intl.DateTimeFormat {
  const date = { day: "2-digit", month: "2-digit", year: "numeric" } as const;
  return new Intl.DateTimeFormat(LOCALES[language], { ...date, hour: "2-digit", minute: "2-digit", timeZone });
}
