import { expect, it } from "vitest";
import { chargeWords, sessionWords } from "./decision-words.ts";

const quote = { currency: "EUR", totalMinor: 600, paidMinor: 150, dueMinor: 450, lines: [] };

it.each([
  [{ kind: "none" }, "nothing"],
  [{ kind: "due", quote, dueMinor: 450 }, "€4.50 to pay, of €6.00"],
  [{ kind: "settled", quote }, "settled, €1.50 are paid"],
  [{ kind: "account", quote, accountId: "a-1", amountMinor: 450 }, "€4.50 to account a-1"],
  [{ kind: "debt", quote, amountMinor: 450 }, "a debt of €4.50"],
  [{ kind: "debt", quote: null, amountMinor: 0 }, "a debt of an amount still to be found"],
  [{ kind: "barter" }, "barter"],
  ["what", "see --json"],
])("a charge in words: %j", (value, words) => expect(chargeWords(value)).toBe(words));

it.each([
  [{ kind: "none" }, "no stay begins or ends"],
  [{ kind: "open", start: { kind: "permit" }, supersedes: [] }, "a stay (permit) begins"],
  [{ kind: "open", start: { kind: "transient" }, supersedes: ["s-1"] }, /begins and takes the place of s-1$/],
  [{ kind: "close", sessionId: "s-1" }, "stay s-1 ends"],
  [{ kind: "close_without_entry", plate: "X", ticket: null, tariff: null }, /nobody saw/],
  [{ kind: "move", sessionId: null, from: null, to: "a" }, /no stay is known/],
])("a stay in words: %j", (value, words) => expect(sessionWords(value)).toMatch(words));
