import { type EdgeEvent, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";

/** One line beyond the cursor, with its number and H(n). */
export interface NumberedLine {
  readonly n: number;
  readonly line: string;
  readonly hash: string;
}

export interface ReadEvent extends NumberedLine {
  readonly event: EdgeEvent;
}

/** A line that can't be applied; kept raw, so that one row never stops a lot (SYNC-15). */
export interface PoisonLine extends NumberedLine {
  readonly code: "not_json" | "contract_broken" | "wrong_number" | "not_applicable";
  readonly message: string;
}

export type Arrival =
  | { readonly kind: "event"; readonly read: ReadEvent }
  | { readonly kind: "poison"; readonly poison: PoisonLine };

const MESSAGE_MAX = 500;

/** Reads a line by the contract of events. */
export function readLine(numbered: NumberedLine): Arrival {
  let value: unknown;
  try {
    value = JSON.parse(numbered.line);
  } catch (error) {
    return poisonOf(numbered, "not_json", errorMessage(error));
  }
  const parsed = edgeEvent.safeParse(value);
  if (!parsed.success) return poisonOf(numbered, "contract_broken", parsed.error.message);
  if (parsed.data.n !== numbered.n)
    return poisonOf(numbered, "wrong_number", `The line says number ${parsed.data.n} in place ${numbered.n}.`);
  return { kind: "event", read: { ...numbered, event: parsed.data } };
}

export function poisonOf(numbered: NumberedLine, code: PoisonLine["code"], message: string): Arrival {
  const { n, line, hash } = numbered;
  return { kind: "poison", poison: { n, line, hash, code, message: message.slice(0, MESSAGE_MAX) } };
}
