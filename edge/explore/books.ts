import type { LaneEffect } from "../src/lane/machine-types.ts";

/** A request that the desk has not answered. */
export interface PendingRequest {
  readonly ticket: number;
  readonly movementId: string | null;
  readonly plate: string | null;
  readonly pays: boolean;
}

/** A movement that was decided on and has no end yet. */
export interface OpenMovement {
  readonly id: string;
  readonly plate: string | null;
  /** The desk asked for a better read, so that any plate counts. */
  readonly anyPlate: boolean;
  /** Whose the end is: the lane's, or the ledger's under this ticket. */
  readonly owedUnder: number | null;
}

/** What desk and ledger would hold of this run, kept to see that each movement ends once. */
export interface Books {
  readonly pending: readonly PendingRequest[];
  readonly movements: readonly OpenMovement[];
  /** Tickets of debts whose vehicle has no end yet. */
  readonly debts: readonly number[];
  /** Commands without an answer. */
  readonly asked: readonly number[];
  /** Payment requests at the terminal, tickets at the printer, calls: what their devices may still answer. */
  readonly requests: readonly string[];
  readonly job: string | null;
  readonly call: string | null;
  readonly recorded: string | null;
  readonly opened: readonly string[];
}

export const EMPTY_BOOKS: Books = {
  pending: [],
  movements: [],
  debts: [],
  asked: [],
  requests: [],
  job: null,
  call: null,
  recorded: null,
  opened: [],
};

interface Kept {
  readonly books: Books;
  readonly breach: string | null;
}

/** Requests that a terminal is remembered to have had; the lane knows as many. */
const MAX_REQUESTS = 2;
/** Grants kept to see that none opens twice; an older one can't come again, since ids only grow. */
const MAX_OPENED = 2;

/** What an effect changes in the books, and what is wrong with it. */
export function keepBooks(books: Books, effect: LaneEffect): Kept {
  const fine = (change: Partial<Books>): Kept => ({ books: { ...books, ...change }, breach: null });
  switch (effect.kind) {
    case "decide": {
      const plate = effect.credential.kind === "plate" ? effect.credential.value : null;
      const request = { ticket: effect.ticket, movementId: effect.again, plate, pays: false };
      return fine({ pending: [...books.pending, request] });
    }
    case "book_payment": {
      const { ticket, payment } = effect;
      const request = { ticket, movementId: payment.movementId, plate: null, pays: true };
      return fine({ pending: [...books.pending, request] });
    }
    case "finish":
      return finish(books, effect.movementId);
    case "owe":
      return fine({ debts: [...books.debts, effect.debt.ticket], movements: handOver(books, effect.debt) });
    case "owed":
      return settle(books, effect);
    case "answer_command":
      return answered(books, effect.ref);
    case "peripheral":
      return fine(peripheral(books, effect.command));
    case "device":
      if (effect.command.kind !== "open") return fine({});
      return fine({ opened: [...books.opened, effect.command.grant].slice(-MAX_OPENED) });
    default:
      return fine({});
  }
}

function finish(books: Books, movementId: string): Kept {
  const open = books.movements.find(({ id }) => id === movementId);
  const movements = books.movements.filter((one) => one !== open);
  const breach =
    open === undefined
      ? "one finish: a movement ends that is not open"
      : open.owedUnder !== null
        ? "one finish: the lane ends a movement that the ledger ends"
        : null;
  return { books: { ...books, movements }, breach };
}

function handOver({ movements }: Books, { ticket, movementId }: { ticket: number; movementId: string | null }) {
  return movements.map((one) => (one.id === movementId ? { ...one, owedUnder: ticket } : one));
}

/** The ledger books a debt when its vehicle is gone and the desk doesn't work on it any more; forgiven, it was never one. */
function settle(books: Books, { ticket, outcome }: Extract<LaneEffect, { kind: "owed" }>): Kept {
  const isForgiven = outcome === "forgiven";
  const known = books.debts.includes(ticket);
  const inFlight = books.pending.some((one) => one.ticket === ticket);
  const movements = isForgiven
    ? books.movements.map((one) => (one.owedUnder === ticket ? { ...one, owedUnder: null } : one))
    : books.movements.filter((one) => inFlight || one.owedUnder !== ticket);
  const debts = books.debts.filter((one) => one !== ticket);
  return { books: { ...books, debts, movements }, breach: known || isForgiven ? null : "a debt ends twice" };
}

function answered(books: Books, ref: number): Kept {
  if (ref === 0) return { books, breach: null };
  const breach = books.asked.includes(ref) ? null : "a command is answered twice";
  return { books: { ...books, asked: books.asked.filter((one) => one !== ref) }, breach };
}

function peripheral(books: Books, command: Extract<LaneEffect, { kind: "peripheral" }>["command"]): Partial<Books> {
  switch (command.kind) {
    case "take_payment":
      return { requests: [...books.requests, command.requestId].slice(-MAX_REQUESTS) };
    case "print_ticket":
      return { job: command.jobId };
    case "call_operator":
      return { call: command.callId };
    case "end_call":
      return { call: null };
    case "cancel_payment":
    case "display":
      return {};
  }
}
