import type { Visit } from "../world/truth.ts";
import type { CloudMovement, CloudPayment, CloudSession } from "./cloud-picture.ts";
import { type AbsencesOf, type CompareOptions, clock, knownBy, type Touched, type Verdicts } from "./verdicts.ts";

export interface SessionComparison {
  readonly visits: readonly Visit[];
  readonly movements: readonly CloudMovement[];
  readonly sessions: readonly CloudSession[];
  readonly payments: readonly CloudPayment[];
  readonly options: CompareOptions;
  readonly absences: AbsencesOf;
  readonly touched: Touched;
  readonly verdicts: Verdicts;
}

const NAMELESS = "(no plate)";

/** A stay as the truth has it. */
interface Stay {
  readonly stay: string;
  readonly lotId: string;
  /** Its ticket, else its plate; null for one whose ticket was lost, as the exit knows it. */
  readonly name: string | null;
  readonly status: "open" | "closed" | "voided";
  /** Null for a stay that only its exit knows of. */
  readonly entry: Visit | null;
  readonly exit: Visit | null;
  readonly touched: boolean;
  /** Every time that it stood in an exit. */
  readonly atExits: readonly Visit[];
}

/**
 * Each stay that the truth knows is exactly one session, and each session is such a stay. A lost ticket makes two of one:
 * the ticket's, which nobody ends, and the exit's, which nobody began.
 */
export function compareSessions(comparison: SessionComparison): void {
  const { sessions, verdicts } = comparison;
  const stays = staysOf(comparison);
  const excused = new Set<string>();
  const keys = new Set([...stays.map(keyOf), ...sessions.map(sessionKey)]);
  for (const key of keys) {
    const expected = stays.filter((stay) => keyOf(stay) === key).sort((left, right) => beginOf(left) - beginOf(right));
    const actual = sessions
      .filter((one) => sessionKey(one) === key)
      .sort((left, right) => left.entry_at - right.entry_at);
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      const stay = expected[index];
      const session = actual[index];
      if (stay && session) judgeSession({ ...comparison, excused }, stay, session);
      else if (stay) verdicts.differ("session", `Missing: ${stayText(stay)}`);
      else if (session) verdicts.differ("session", `No such stay: ${sessionText(session)}`);
    }
  }
  comparePayments(comparison);
}

/** What drivers paid at terminals is what the cloud has; money that an agent took while it died may be missing, no other. */
function comparePayments({ visits, payments, touched, verdicts }: SessionComparison): void {
  const taken = new Map(
    visits.flatMap((visit) => visit.paid.map((paid) => [paid.reference, { visit, paid }] as const)),
  );
  for (const payment of payments) {
    const known = taken.get(payment.reference ?? "");
    taken.delete(payment.reference ?? "");
    const same = known?.paid.amount_minor === payment.amount_minor && known.paid.currency === payment.currency;
    if (same && known.visit.lot_id === payment.lot_id) verdicts.matched += 1;
    else verdicts.differ("payment", `Nobody paid this, or not so much, or twice: ${JSON.stringify(payment)}`);
  }
  for (const { visit, paid } of taken.values()) {
    const text = `paid by ${visit.stay} (${visit.plate}), not in the cloud: ${JSON.stringify(paid)}`;
    if (touched(visit)) verdicts.tolerated.push(text);
    else verdicts.differ("payment", text);
  }
}

function staysOf({ visits, touched }: SessionComparison): Stay[] {
  const byStay = Map.groupBy(visits, ({ lot_id, stay }) => `${lot_id}/${stay}`);
  return [...byStay.values()].flatMap((all) => {
    const isTouched = all.some(touched);
    const atExits = all.filter(({ direction }) => direction === "exit");
    return [...spoiltStays(all), ...ownStays(all)].map((stay) => ({ ...stay, touched: isTouched, atExits }));
  });
}

type UntouchedStay = Omit<Stay, "touched" | "atExits">;

/** The stay of the vehicle itself; of one whose ticket was lost, the exit knows nothing but that it left. */
function ownStays(all: readonly Visit[]): UntouchedStay[] {
  const entry = all.find(
    ({ direction, outcome }) => direction === "entry" && (outcome === "passed" || outcome === "changed_mind"),
  );
  const exit = all.find(({ direction, outcome }) => direction === "exit" && outcome === "passed") ?? null;
  const name = entry ? knownBy(entry) : null;
  if (!entry || name === null) return [];
  const { stay, lot_id: lotId } = entry;
  if (entry.outcome === "changed_mind") return [{ stay, lotId, name, status: "voided", entry, exit }];
  if (exit === null) return [{ stay, lotId, name, status: "open", entry, exit }];
  if (entry.ticket === null || exit.ticket !== null) return [{ stay, lotId, name, status: "closed", entry, exit }];
  return [
    { stay, lotId, name, status: "open", entry, exit: null },
    { stay, lotId, name: null, status: "closed", entry: null, exit },
  ];
}

/** Tickets that were printed and never driven in with. */
function spoiltStays(all: readonly Visit[]): UntouchedStay[] {
  return all
    .filter(({ direction }) => direction === "entry")
    .flatMap((entry) => spoiltIn(entry).map((name) => ({ ...placeOf(entry), name, entry })))
    .map((stay) => ({ ...stay, status: "voided", exit: null }));
}

function spoiltIn({ outcome, ticket, spoilt_tickets }: Visit): readonly string[] {
  const turnedBack = outcome === "refused" || outcome === "gave_up";
  return turnedBack && ticket !== null ? [...spoilt_tickets, ticket] : spoilt_tickets;
}

function placeOf({ stay, lot_id: lotId }: Visit) {
  return { stay, lotId };
}

/** `excused`: absences, each with the lane whose one vehicle it may excuse. */
type Judging = SessionComparison & { readonly excused: Set<string> };

function judgeSession(comparison: Judging, stay: Stay, session: CloudSession): void {
  const { options, verdicts } = comparison;
  const faults = [
    statusFault(comparison, stay, session),
    laneFault("entry", stay.entry?.lane_id ?? null, session.entry_lane_id),
    stay.exit && laneFault("exit", stay.exit.lane_id, session.exit_lane_id),
    stay.entry && timeFault("entry", { at: session.entry_at, visit: stay.entry }, options),
    stay.exit && session.exit_at !== null && timeFault("exit", { at: session.exit_at, visit: stay.exit }, options),
  ].filter((fault): fault is string => typeof fault === "string");
  if (faults.length === 0) verdicts.matched += 1;
  else if (faults.length === 1 && stay.touched && stay.status === "voided" && session.status === "open") {
    verdicts.tolerated.push(`kept open, since nobody saw the vehicle go back: ${stayText(stay)}`);
  } else if (faults.length === 1 && isClosedOnReturn(comparison, stay, session)) {
    verdicts.tolerated.push(`closed only when its agent was back: ${stayText(stay)}, but ${sessionText(session)}`);
  } else verdicts.differ("session", `${faults.join("; ")}: ${stayText(stay)}, but ${sessionText(session)}`);
}

/**
 * An exit that nobody saw the end of is closed by the agent's next run, at that moment, whether its vehicle drove out or
 * went back. So the time must be that of an agent's return while this vehicle was in that lane; one a lane and return.
 */
function isClosedOnReturn({ absences, options, excused }: Judging, stay: Stay, session: CloudSession): boolean {
  const { close_reason, exit_at, exit_lane_id } = session;
  if (exit_at === null || close_reason !== "exit_unconfirmed") return false;
  const returns = stay.atExits
    .filter(({ lane_id }) => lane_id === exit_lane_id)
    .flatMap((visit) => absences(visit))
    .filter(({ to }) => Math.abs(to - exit_at) <= options.toleranceMs)
    .map(({ to }) => `${stay.lotId}/${exit_lane_id}/${to}`);
  const free = returns.find((one) => !excused.has(one));
  if (free !== undefined) excused.add(free);
  return free !== undefined;
}

function statusFault({ movements }: SessionComparison, stay: Stay, session: CloudSession): string | null {
  const { status, close_reason, id } = session;
  if (status !== stay.status) return `status is ${status}, not ${stay.status}`;
  if (status !== "closed" || close_reason === (stay.entry ? "exit" : "exit_without_entry")) return null;
  // An exit that could not be priced opens all the same (SAFE-18), and its decision says so.
  const said = movements.some(({ session_id, reasons }) => session_id === id && reasons.includes("fail_open"));
  const isExplained = close_reason === "fail_open" ? said : close_reason === "exit_unconfirmed" && stay.touched;
  return isExplained ? null : `closed as ${close_reason}, not ${stay.entry ? "exit" : "exit_without_entry"}`;
}

function laneFault(side: "entry" | "exit", expected: string | null, actual: string | null): string | null {
  const text = (lane: string | null): string => lane?.slice(0, 8) ?? "none";
  return expected === actual ? null : `${side} lane is ${text(actual)}, not ${text(expected)}`;
}

/** A session's times are those of its decisions, which lie between arrival and the end of the visit. */
function timeFault(
  side: "entry" | "exit",
  { at, visit }: { readonly at: number; readonly visit: Visit },
  { toleranceMs, confirmMs }: CompareOptions,
): string | null {
  const isWithin = at >= visit.arrived_at - toleranceMs && at <= visit.ended_at + toleranceMs + confirmMs;
  return isWithin ? null : `${side} time is ${clock(at)}, not ${clock(visit.arrived_at)}..${clock(visit.ended_at)}`;
}

function keyOf({ lotId, name }: Stay): string {
  return `${lotId}/${name ?? NAMELESS}`;
}

function sessionKey({ lot_id, plate, ticket }: CloudSession): string {
  return `${lot_id}/${ticket ?? plate ?? NAMELESS}`;
}

/** When a stay began, as far as the gate can know. */
function beginOf({ entry, exit }: Stay): number {
  return entry?.ended_at ?? exit?.ended_at ?? 0;
}

function stayText({ stay, name, status, entry, exit }: Stay): string {
  return `stay ${stay} ${name ?? NAMELESS} ${status} ${clock(entry?.ended_at ?? null)}..${clock(exit?.ended_at ?? null)}`;
}

function sessionText({ id, plate, ticket, status, close_reason, entry_at, exit_at }: CloudSession): string {
  return `session ${id} ${ticket ?? plate ?? NAMELESS} ${status} ${close_reason ?? ""} ${clock(entry_at)}..${clock(exit_at)}`;
}
