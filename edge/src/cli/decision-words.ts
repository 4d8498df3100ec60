import { z } from "zod";
import { amount } from "./format.ts";

/*
 * A decision's effects in words. The agent answers with the decision as its core made it, which an agent of another version
 * may make otherwise: what is not known here is told by its kind, and `--json` has all of it.
 */

const quote = z.object({
  currency: z.string(),
  totalMinor: z.number(),
  paidMinor: z.number(),
});
const kindOnly = z.object({ kind: z.string() });

const charge = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("due"), quote, dueMinor: z.number() }),
  z.object({ kind: z.literal("settled"), quote }),
  z.object({ kind: z.literal("account"), quote, accountId: z.string(), amountMinor: z.number() }),
  z.object({ kind: z.literal("debt"), quote: quote.nullable(), amountMinor: z.number() }),
]);

const session = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("open"), start: kindOnly, supersedes: z.array(z.string()) }),
  z.object({ kind: z.literal("resume"), sessionId: z.string() }),
  z.object({ kind: z.literal("move"), sessionId: z.string().nullable() }),
  z.object({ kind: z.literal("close"), sessionId: z.string() }),
  z.object({ kind: z.literal("close_without_entry") }),
]);

/** What would be charged, in a few words. */
export function chargeWords(value: unknown): string {
  const { success, data } = charge.safeParse(value);
  if (!success) return unknownKind(value);
  switch (data.kind) {
    case "none":
      return "nothing";
    case "due":
      return `${amount(data.dueMinor, data.quote.currency)} to pay, of ${amount(data.quote.totalMinor, data.quote.currency)}`;
    case "settled":
      return `settled, ${amount(data.quote.paidMinor, data.quote.currency)} are paid`;
    case "account":
      return `${amount(data.amountMinor, data.quote.currency)} to account ${data.accountId}`;
    case "debt":
      return data.quote === null
        ? "a debt of an amount still to be found"
        : `a debt of ${amount(data.amountMinor, data.quote.currency)}`;
  }
}

/** What would become of the vehicle's stay. */
export function sessionWords(value: unknown): string {
  const { success, data } = session.safeParse(value);
  if (!success) return unknownKind(value);
  switch (data.kind) {
    case "none":
      return "no stay begins or ends";
    case "open": {
      const over = data.supersedes.length === 0 ? "" : ` and takes the place of ${data.supersedes.join(", ")}`;
      return `a stay (${data.start.kind}) begins${over}`;
    }
    case "resume":
      return `stay ${data.sessionId} goes on`;
    case "move":
      return data.sessionId === null
        ? "no stay is known; the areas count it"
        : `stay ${data.sessionId} moves to another area`;
    case "close":
      return `stay ${data.sessionId} ends`;
    case "close_without_entry":
      return "a stay is written whose entry nobody saw, and ends";
  }
}

function unknownKind(value: unknown): string {
  const { success, data } = kindOnly.safeParse(value);
  return success ? data.kind : "see --json";
}
