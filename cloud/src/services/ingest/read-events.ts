import { type EdgeEvent, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Batch } from "@gatehouse/shared/sync/batch.ts";

/** A line of a batch, as far as it can be judged by itself. */
export type ReadLine =
  | { readonly kind: "event"; readonly line: string; readonly event: EdgeEvent }
  | { readonly kind: "poison"; readonly line: string; readonly code: PoisonCode; readonly message: string };

/** A batch whose lines can be read by the contract of events; once, when first asked for. */
export interface ReadBatch extends Batch {
  reads(): readonly ReadLine[];
}

/** An event beyond the cursor, with its number and H(n). */
export interface ReadEvent {
  readonly n: number;
  readonly line: string;
  readonly hash: string;
  readonly event: EdgeEvent;
}

type PoisonCode = "not_json" | "contract_broken" | "wrong_number" | "not_applicable";

/** A line that can't be applied; kept raw, so that one row never stops a lot (SYNC-15). */
export interface PoisonLine {
  readonly n: number;
  readonly line: string;
  readonly hash: string;
  readonly code: PoisonCode;
  readonly message: string;
}

const MESSAGE_MAX = 500;

/** Makes a batch readable. Reading takes no database, so it is best done while an earlier batch is being committed. */
export function readBatch(batch: Batch): ReadBatch {
  let reads: readonly ReadLine[] | null = null;
  return {
    ...batch,
    reads: () => {
      reads ??= batch.lines.map((line, i) => readLine(line, batch.header.first + i));
      return reads;
    },
  };
}

/** Reads one line, which has to be number `n`, by the contract of this build. */
export function readLine(line: string, n: number): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return poison(line, "not_json", errorMessage(error));
  }
  const parsed = edgeEvent.safeParse(value);
  if (!parsed.success) return poison(line, "contract_broken", parsed.error.message);
  if (parsed.data.n === n) return { kind: "event", line, event: parsed.data };
  return poison(line, "wrong_number", `The line says number ${parsed.data.n} in place ${n}.`);
}

function poison(line: string, code: PoisonCode, message: string): ReadLine {
  return { kind: "poison", line, code, message: message.slice(0, MESSAGE_MAX) };
}
