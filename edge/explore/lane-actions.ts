import type { LaneDecision } from "../src/decision/decision-desk.ts";
import type { LaneAction, OfferedCredential } from "../src/lane/lane-control.ts";
import type { PeripheralReport } from "../src/peripherals/messages.ts";
import type { OpenMovement, PendingRequest } from "./books.ts";
import { drive, LANE_ID, type LaneWorld, type LoopName, passTime, report, restart, tellInputs } from "./lane-world.ts";

/*
 * What can happen in a lane's model, as words: they stand in traces, so that a trace can be read and gone through again.
 *
 *   wait                    a second goes by
 *   on arming, off arming   (safety, closing)
 *   read A1, scan Q7        a camera's read, a code at the reader
 *   let in                  a vehicle that waits is read and admitted in one go, under a plate that is not in the lane
 *   desk admit              the desk answers its oldest request: admit, refuse, fail, or ask for pay, ticket, operator, retry
 *   pay approved            the terminal's answer to its newest request; `pay old` is an approval of the one before
 *   ticket taken, paper out, button, help, call failed
 *   hand open               a command at the lot; `far open` one from afar
 *   store, blind, fire, latch, restart    a fault begins or ends
 */

/** One action; a word that the state has no use for changes nothing. */
export function act(world: LaneWorld, action: string): LaneWorld {
  const fresh: LaneWorld = { ...world, effects: [], broken: null };
  const [verb = "", what = ""] = action.split(" ");
  switch (verb) {
    case "wait":
      return passTime(fresh);
    case "on":
    case "off":
      return cover(fresh, what as LoopName, verb === "on");
    case "read":
    case "scan":
      if (fresh.books.pending.length >= fresh.unanswered) return fresh;
      return drive(fresh, { kind: "offer", credential: credential(verb === "read" ? "plate" : "qr", what) });
    case "let":
      return letIn(fresh);
    case "desk":
      return answerDesk(fresh, what);
    case "pay":
      return pay(fresh, what);
    case "hand":
    case "far":
      return command(fresh, what as LaneAction, verb === "far" ? "remote" : "local");
    case "restart":
      return restart(fresh);
    case "store":
      return { ...fresh, storeWorks: !fresh.storeWorks };
    case "blind":
      return tellInputs({ ...fresh, blind: !fresh.blind });
    case "fire":
      return fire(fresh);
    case "latch":
      if (fresh.arm !== "up") return fresh;
      return report({ ...fresh, latched: true }, { kind: "latched", cause: "reversals" });
    default:
      return peripheral(fresh, action);
  }
}

function cover(world: LaneWorld, loop: LoopName, covered: boolean): LaneWorld {
  if (world.loops[loop] === covered) return world;
  if (loop === "safety" && covered && world.lane.crossings.length >= world.underArm) return world;
  return tellInputs({ ...world, loops: { ...world.loops, [loop]: covered } });
}

function letIn(world: LaneWorld): LaneWorld {
  if (world.lane.approach.at !== "waiting") return world;
  const { grants, crossings, recent } = world.lane;
  const inLane = [...grants, ...crossings.flatMap(({ grant }) => grant ?? [])].flatMap(({ values }) => values);
  const known = [...inLane, ...recent.map(({ value }) => value)];
  const plate = PLATES.find((one) => !known.includes(one)) ?? "A1";
  return answerDesk(drive(world, { kind: "offer", credential: credential("plate", plate) }), "admit");
}

const PLATES = ["A1", "B2", "C3", "D4", "E5"];

function credential(kind: "plate" | "qr", value: string): OfferedCredential {
  return { laneId: LANE_ID, kind, value, read: null, direction: null };
}

function fire(world: LaneWorld): LaneWorld {
  const burning: LaneWorld = { ...world, fire: !world.fire };
  if (!burning.fire) return tellInputs(burning);
  const raised: LaneWorld = burning.locked || burning.arm === "up" ? burning : { ...burning, arm: "rising" };
  return tellInputs(report(raised, { kind: "fire" }));
}

function command(world: LaneWorld, action: LaneAction, origin: "local" | "remote"): LaneWorld {
  const { asked: open, pending } = world.books;
  if (open.length + pending.length > world.unanswered) return world;
  if (action === "open" && world.lane.grants.length >= world.underArm) return world;
  if (action === "lost_ticket" && world.lane.withdrawn.length >= world.underArm) return world;
  const ref = 1_000 + world.lane.seq + world.books.asked.length;
  const asked = { ...world, books: { ...world.books, asked: [...world.books.asked, ref] } };
  const order = { laneId: LANE_ID, action, actor: "a", reason: "r", commandId: null, origin };
  return drive(asked, { kind: "command", ref, command: order });
}

function answerDesk(world: LaneWorld, how: string): LaneWorld {
  const [request, ...pending] = world.books.pending;
  if (!request) return world;
  const taken: LaneWorld = { ...world, books: { ...world.books, pending } };
  const { ticket } = request;
  if (how === "fail") return drive(forget(taken, ticket), { kind: "decide_failed", ticket, code: "store_failed" });
  const { movements } = taken.books;
  const known = movements.find(({ id }) => id === request.movementId);
  const id = known?.id ?? `m${ticket}b${world.boots}`;
  const made: OpenMovement = {
    id,
    plate: request.plate ?? known?.plate ?? null,
    anyPlate: how === "retry",
    owedUnder: known?.owedUnder ?? null,
  };
  const books = { ...taken.books, movements: [...movements.filter((one) => one !== known), made] };
  return drive({ ...taken, books }, { kind: "decided", ticket, decision: decision(id, how, request) });
}

/** The desk has given a request up, so the ledger books what it holds of it, if its vehicle is gone. */
function forget(world: LaneWorld, ticket: number): LaneWorld {
  const { books } = world;
  if (books.debts.includes(ticket)) return world;
  return { ...world, books: { ...books, movements: books.movements.filter((one) => one.owedUnder !== ticket) } };
}

const ASKS: Readonly<Record<string, string>> = {
  pay: "pay",
  ticket: "ticket",
  operator: "operator",
  retry: "retry_read",
};

function decision(movementId: string, how: string, { plate }: PendingRequest): LaneDecision {
  const ask = ASKS[how] ?? null;
  const due = how === "pay" ? { amountMinor: 100, currency: "EUR" } : null;
  const outcome = ask === null ? (how === "admit" ? "admit" : "refuse") : "ask";
  const shown = { reasons: ["explored"], displayKey: "entry.welcome" };
  return { movementId, outcome, ask, ...shown, sessionId: `s${movementId}`, plate, due };
}

function pay(world: LaneWorld, how: string): LaneWorld {
  const requestId = how === "old" ? world.books.requests.at(-2) : world.books.requests.at(-1);
  if (requestId === undefined) return world;
  if (how === "lost") return drive(world, tell({ kind: "payment_failed", requestId, code: "not_connected" }));
  const result = how === "old" ? "approved" : (how as "approved" | "declined" | "cancelled");
  const answer = { requestId, result, reference: "r", method: "credit_card" } as const;
  return drive(world, tell({ kind: "payment", result: answer }));
}

function tell(one: PeripheralReport) {
  return { kind: "peripheral", report: one } as const;
}

function peripheral(world: LaneWorld, action: string): LaneWorld {
  const { job, call } = world.books;
  switch (action) {
    case "button":
      if (world.books.pending.length >= world.unanswered) return world;
      return drive(world, { kind: "ticket_asked", laneId: LANE_ID, code: "T1" });
    case "no key":
      return drive(world, { kind: "ticket_asked", laneId: LANE_ID, code: null });
    case "help":
      return drive(world, tell({ kind: "button", name: "help" }));
    case "ticket presented":
    case "ticket taken": {
      if (job === null) return world;
      const result = action === "ticket taken" ? "taken" : "presented";
      return drive(world, tell({ kind: "ticket", jobId: job, result, code: null }));
    }
    case "ticket failed":
      if (job === null) return world;
      return drive(world, tell({ kind: "ticket", jobId: job, result: "failed", code: "jammed" }));
    case "paper out":
      return drive(world, tell({ kind: "printer", state: "paper_out" }));
    case "paper in":
      return drive(world, tell({ kind: "printer", state: "ready" }));
    case "call failed":
      return call === null ? world : drive(world, tell({ kind: "call", callId: call, state: "failed" }));
    default:
      throw new Error(`The model knows no action "${action}".`);
  }
}
