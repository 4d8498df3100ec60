import type { Uuid } from "@gatehouse/shared/kit/ids.ts";
import type { PeripheralReport } from "../peripherals/messages.ts";
import type { PrinterState } from "../ports/printer/printer-port.ts";
import type { Approach } from "./approach-types.ts";
import { admit } from "./grants.ts";
import type { LaneCommand, OfferedCredential } from "./lane-control.ts";
import type { Turn } from "./machine-types.ts";
import { keepRead } from "./pending-reads.ts";
import { ask } from "./question.ts";
import {
  change,
  clearAlarm,
  credentialValue,
  emit,
  MAX_AWAITED,
  nextId,
  raiseAlarm,
  refuse,
  show,
  valuesOf,
} from "./turn.ts";

type Printing = Extract<Approach, { at: "printing" }>;

/** The ticket button: a decision is asked for with a new ticket, the plate's read beside it. */
export function ticketAsked(turn: Turn, laneId: Uuid, code: string | null): void {
  const { approach, direction, mode, printer } = turn.state;
  if (direction !== "entry" || !turn.policy.tickets.printed) return refuse(turn, "ticket_button", "no_tickets_here");
  if (mode.kind !== "automatic") return refuse(turn, "ticket_button", "mode");
  if (approach.at !== "waiting" && approach.at !== "deciding") return refuse(turn, "ticket_button", "no_vehicle_waits");
  const fault = code === null ? "no_ticket_key" : printerFault(printer);
  const entitled = approach.at === "waiting" && approach.answer?.ask === "ticket";
  if (code === null || fault !== null) return ticketImpossible(turn, fault ?? "no_ticket_key", entitled);
  if (turn.state.reads.some((one) => one.issued)) return refuse(turn, "ticket_button", "asked_already");
  const credential: OfferedCredential = { laneId, kind: "ticket", value: code, read: null, direction: null };
  keepRead(turn, { credential, value: code, at: turn.now, issued: true });
}

function printerFault(state: PrinterState): string | null {
  return state === "ready" || state === "paper_low" ? null : state;
}

/** The desk has admitted the vehicle with its ticket; the arm goes up when the driver has it. */
export function print(turn: Turn, vehicle: Printing["vehicle"], credential: OfferedCredential): void {
  const jobId = nextId(turn);
  change(turn, { approach: { at: "printing", vehicle, jobId, credential, askedAt: turn.now } });
  const plate = vehicle.plate ? credentialValue(vehicle.plate) : null;
  emit(turn, {
    kind: "peripheral",
    command: { kind: "print_ticket", jobId, ticket: { code: credential.value, plate } },
  });
}

/** What became of a ticket. */
export function ticketDone(turn: Turn, report: Extract<PeripheralReport, { kind: "ticket" }>): void {
  const { approach } = turn.state;
  if (approach.at !== "printing" || approach.jobId !== report.jobId)
    return refuse(turn, "peripheral_ticket", "no_such_ticket");
  if (report.result === "presented") return show(turn, "entry.take_ticket");
  if (report.result === "failed") return voidTicket(turn, approach, report.code);
  const { vehicle, credential } = approach;
  show(turn, "entry.welcome");
  const grant = { origin: "decision", ticket: null, late: false, owed: false } as const;
  admit(turn, { ...grant, movementId: vehicle.movementId, values: valuesOf(vehicle, credential) });
}

/** A ticket that nobody takes is no ticket. */
export function expireTicket(turn: Turn): void {
  const { approach } = turn.state;
  if (approach.at === "printing" && turn.now - approach.askedAt >= turn.policy.timings.payment_max_ms)
    voidTicket(turn, approach, "not_taken");
}

/** The movement is void, and with it the stay and the code (the desk sees to that at its end). */
function voidTicket(turn: Turn, { vehicle }: Printing, code: string): void {
  emit(turn, { kind: "finish", movementId: vehicle.movementId, outcome: "backed_out" });
  change(turn, { approach: { at: "waiting", vehicle: { ...vehicle, movementId: null }, answer: null, late: null } });
  ticketImpossible(turn, code, true);
}

/**
 * Without a ticket the lane stays shut and says so, or takes the plate in its place where the site allows it; then only
 * for a vehicle that lacks nothing but the ticket by the desk's word (`entitled`).
 */
function ticketImpossible(turn: Turn, code: string, entitled: boolean): void {
  raiseAlarm(turn, "no_ticket", `No ticket can be given out: ${code}.`);
  show(turn, "lane.no_ticket");
  const { approach, awaited } = turn.state;
  if (approach.at !== "waiting" || approach.late !== null) return;
  const { vehicle, answer } = approach;
  const { plate } = vehicle;
  if (plate !== null && entitled && turn.policy.tickets.onFailure === "plate" && awaited.length < MAX_AWAITED)
    return ask(turn, vehicle, { credential: plate, override: { ref: NO_ANSWER, command: byPlate(plate, code) } });
  const shown = answer?.credential ?? plate;
  const known = { ...vehicle, prompted: true };
  const given = shown && { credential: shown, at: turn.now, ask: "ticket" };
  change(turn, { approach: { at: "waiting", vehicle: known, answer: given, late: null } });
}

/** Nobody waits for what becomes of a command with this reference. */
const NO_ANSWER = 0;

/** The site's word that a plate stands in for a ticket, as the desk records it. */
function byPlate({ laneId }: OfferedCredential, code: string): LaneCommand {
  const reason = `no ticket: ${code}; this lane takes the plate in its place`;
  return { laneId, action: "open", actor: "ticket policy", reason, commandId: null, origin: "local" };
}

/** The printer's paper and mechanics. */
export function printerChanged(turn: Turn, state: PrinterState): void {
  change(turn, { printer: state });
  if (state === "ready") {
    for (const code of ["no_ticket", "printer"]) clearAlarm(turn, code);
  } else raiseAlarm(turn, "printer", `The ticket printer says ${state}.`);
}
