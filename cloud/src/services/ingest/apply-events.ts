import { errorCode, errorMessage } from "@gatehouse/shared/kit/errors.ts";
import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { BusEvent } from "../../events/publish.ts";
import { busEventsOf } from "./bus-events.ts";
import type { IngestContext } from "./context.ts";
import { foldMovements } from "./movement-changes.ts";
import type { PoisonLine, ReadEvent } from "./read-events.ts";
import { foldSessions } from "./session-changes.ts";
import type { SqlRunner } from "./statement-queue.ts";
import { type Stretch, writeEvents } from "./write-events.ts";
import { writeLaneEvents } from "./write-lane-events.ts";
import { writeMovements } from "./write-movements.ts";
import { writePayments } from "./write-payments.ts";
import { writeSessions } from "./write-sessions.ts";
import { writeSpots } from "./write-spots.ts";
import { writeValidationUses } from "./write-validation-uses.ts";

/** What a run of events did, for those who are told after the commit. */
export interface Applied {
  readonly bus: readonly BusEvent[];
  readonly movementIds: readonly Uuid[];
  readonly lanesChanged: boolean;
  readonly poison: readonly PoisonLine[];
}

export interface ApplyScope {
  readonly client: SqlRunner;
  readonly context: Pick<IngestContext, "newId">;
  readonly stretch: Stretch;
  /** The lot's currency. */
  readonly currency: string;
}

const NOTHING: Applied = { bus: [], movementIds: [], lanesChanged: false, poison: [] };

/**
 * Applies a run of events in the caller's transaction. When the database refuses the values of one of them, the run is
 * halved until that one is found; it comes back as poison and all others are applied, in order.
 * Rejects with whatever else goes wrong; then the caller's transaction must be rolled back.
 */
export async function applyEvents(scope: ApplyScope, reads: readonly ReadEvent[]): Promise<Applied> {
  if (reads.length === 0) return NOTHING;
  try {
    const [, applied] = await Promise.all([scope.client.query("SAVEPOINT run"), applyRun(scope, reads)]);
    return applied;
  } catch (error) {
    if (!isRefusedValue(error)) throw error;
    await scope.client.query("ROLLBACK TO SAVEPOINT run");
    return applyHalves(scope, reads, error);
  }
}

async function applyHalves(scope: ApplyScope, reads: readonly ReadEvent[], error: unknown): Promise<Applied> {
  const [only, second] = reads;
  if (only && !second) return { ...NOTHING, poison: [poisonOf(only, error)] };
  const middle = reads.length >> 1;
  const early = await applyEvents(scope, reads.slice(0, middle));
  const late = await applyEvents(scope, reads.slice(middle));
  return {
    bus: [...early.bus, ...late.bus],
    movementIds: [...early.movementIds, ...late.movementIds],
    lanesChanged: early.lanesChanged || late.lanesChanged,
    poison: [...early.poison, ...late.poison],
  };
}

/**
 * Hands all statements to the connection at once, as far as none needs another's answer: it carries them out in order,
 * and while Postgres works on one the next is made ready. After a failure the rest fail too, up to the rollback.
 */
async function applyRun(scope: ApplyScope, reads: readonly ReadEvent[]): Promise<Applied> {
  const { client, context, stretch, currency } = scope;
  const events = reads.map((read) => read.event);
  const eventsWritten = writeEvents(client, stretch, reads);
  const movements = foldMovements(events);
  const movementsWritten = writeMovements(client, stretch, movements);
  const sessions = foldSessions(events);
  const sessionsWritten = writeSessions(client, stretch, sessions).then(async (written) => {
    await writePayments(client, stretch, reads);
    return written;
  });
  const [, , written, lanesChanged, spots] = await Promise.all([
    eventsWritten,
    movementsWritten,
    sessionsWritten,
    writeLaneEvents(client, context, { stretch, reads }),
    writeSpots(client, stretch, reads),
    writeValidationUses(client, stretch, reads),
  ]);
  const bus = busEventsOf({ lotId: stretch.lotId, currency, events, sessions, written });
  return { bus: [...bus, ...spots], movementIds: movements.map((one) => one.id), lanesChanged, poison: [] };
}

/** Classes 22 (data exception) and 23 (integrity constraint violation): the same again on each try. */
function isRefusedValue(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error) ?? "");
}

function poisonOf({ n, line, hash }: ReadEvent, error: unknown): PoisonLine {
  return { n, line, hash, code: "not_applicable", message: errorMessage(error).slice(0, 500) };
}
