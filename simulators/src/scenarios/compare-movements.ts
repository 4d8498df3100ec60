import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import type { Visit } from "../world/truth.ts";
import type { CloudMovement, CloudSession } from "./cloud-picture.ts";
import { type CompareOptions, clock, knownBy, plateOf, type Touched, type Verdicts, visitText } from "./verdicts.ts";

export interface MovementComparison {
  readonly visits: readonly Visit[];
  readonly movements: readonly CloudMovement[];
  /** Whose tickets tell the movements of vehicles without a plate apart. */
  readonly sessions: readonly CloudSession[];
  readonly options: CompareOptions;
  readonly touched: Touched;
  readonly verdicts: Verdicts;
}

/**
 * Every passage is exactly one `passed` movement of the same ticket or plate, lot, lane and direction at the same time, and every
 * movement belongs to a vehicle that really was there. What comes beside it: questions and refusals that the driver waited
 * out, which end as `backed_out`, and `not_seen` where the agent was away.
 */
export function compareMovements(comparison: MovementComparison): void {
  const { visits, movements, sessions, options, touched, verdicts } = comparison;
  const tickets = new Map(sessions.map(({ lot_id, id, ticket }) => [`${lot_id}/${id}`, ticket]));
  const byVisit = new Map<Visit, CloudMovement[]>(visits.map((visit) => [visit, []]));
  for (const movement of movements) {
    const ticket = tickets.get(`${movement.lot_id}/${movement.session_id}`) ?? null;
    const owner = ownerOf({ ...movement, ticket }, visits, options);
    if (owner) byVisit.get(owner)?.push(movement);
    else verdicts.differ("movement", `Nobody was there: ${movementText(movement)}`);
  }
  for (const [visit, own] of byVisit) judgeVisit({ visit, own, touched: touched(visit), options, verdicts });
}

/** The visit that a movement tells of: by ticket or plate and time, else (a misread, an unknown plate) by time alone. */
function ownerOf(
  movement: CloudMovement & { readonly ticket: string | null },
  visits: readonly Visit[],
  { toleranceMs }: CompareOptions,
): Visit | undefined {
  const here = visits
    .filter(
      ({ lot_id, lane_id, direction }) =>
        lot_id === movement.lot_id && lane_id === movement.lane_id && direction === movement.direction,
    )
    .map((visit) => ({ visit, away: distanceMs(timeOf(movement), visit) }))
    .filter(({ away }) => away <= toleranceMs)
    .sort((left, right) => left.away - right.away);
  const isPassage = movement.outcome === "passed" || movement.decision === "admit";
  const name = movement.ticket ?? movement.plate;
  const ofVehicle = isPassage
    ? here.find(({ visit }) => knownBy(visit) === name || visit.spoilt_tickets.some((spoilt) => spoilt === name))
    : here.find(({ visit }) => plateOf(visit) === movement.plate);
  if (ofVehicle || (isPassage && name !== null)) return ofVehicle?.visit;
  return here[0]?.visit;
}

/** What the fail policy let through is written down when the store works again; its end tells when it was (SAFE-18). */
function timeOf({ at, ended_at, reasons }: CloudMovement): number {
  return reasons.includes("fail_open") ? Math.min(at, ended_at ?? at) : at;
}

function distanceMs(at: number, { arrived_at, ended_at }: Visit): number {
  return Math.max(0, arrived_at - at, at - ended_at);
}

interface VisitCase {
  readonly visit: Visit;
  readonly own: readonly CloudMovement[];
  readonly touched: boolean;
  readonly options: CompareOptions;
  readonly verdicts: Verdicts;
}

function judgeVisit(one: VisitCase): void {
  const { visit, own, verdicts } = one;
  const open = own.filter(({ outcome }) => outcome === null);
  for (const movement of open)
    verdicts.differ("movement", `Never ended: ${movementText(movement)} of ${visitText(visit)}`);
  const ended = own.filter(({ outcome }) => outcome !== null);
  const main = ended.filter((movement) => tellsOutcome(movement, visit));
  const others = ended.filter((movement) => !main.includes(movement));
  judgeMain(one, main, others);
  for (const movement of others) judgeOther(one, movement);
}

/** Whether this is the movement by which the visit goes down in the books. */
function tellsOutcome({ decision, outcome }: CloudMovement, visit: Visit): boolean {
  switch (visit.outcome) {
    case "passed":
      return outcome === "passed";
    case "tailgated":
      return outcome === "tailgated";
    case "changed_mind":
      return decision === "admit" && outcome === "backed_out";
    case "refused":
    case "gave_up":
      return false;
    default:
      return assertNever(visit.outcome);
  }
}

function judgeMain(one: VisitCase, main: readonly CloudMovement[], others: readonly CloudMovement[]): void {
  const { visit, touched, verdicts } = one;
  if (visit.outcome === "refused" || visit.outcome === "gave_up") {
    if (visit.outcome === "gave_up" || others.some(({ decision }) => decision !== "admit")) verdicts.matched += 1;
    else verdicts.differ("movement", `A refusal without its movement: ${visitText(visit)}`);
    return;
  }
  const [found, ...more] = main;
  for (const extra of more) verdicts.differ("movement", `Told twice: ${movementText(extra)} of ${visitText(visit)}`);
  if (found) return judgeTime(one, found);
  // `judgeOther` takes it down as excused.
  if (touched && others.some(({ outcome }) => outcome === "not_seen")) return;
  verdicts.differ("movement", `Missing: ${visitText(visit)}; the cloud has ${listed(others)}`);
}

function judgeTime({ visit, options, verdicts }: VisitCase, movement: CloudMovement): void {
  const lateMs = Math.abs((movement.ended_at ?? movement.at) - visit.ended_at);
  if (lateMs <= options.toleranceMs + options.confirmMs) verdicts.matched += 1;
  else
    verdicts.differ(
      "movement",
      `Ends ${lateMs} ms away from the truth: ${movementText(movement)} of ${visitText(visit)}`,
    );
}

function judgeOther({ visit, touched, verdicts }: VisitCase, movement: CloudMovement): void {
  if (movement.decision !== "admit" && movement.decision !== null && movement.outcome === "backed_out") return;
  if (touched && movement.outcome === "not_seen") {
    verdicts.tolerated.push(`not_seen, its agent was away: ${movementText(movement)} of ${visitText(visit)}`);
  } else verdicts.differ("movement", `Not what happened: ${movementText(movement)} of ${visitText(visit)}`);
}

function listed(movements: readonly CloudMovement[]): string {
  return movements.length === 0 ? "nothing" : movements.map(movementText).join(", ");
}

function movementText({ id, plate, direction, lane_id, decision, reasons, outcome, at }: CloudMovement): string {
  const why = `${decision ?? "undecided"} (${reasons.join(" ")})`;
  return `movement ${id} ${plate ?? "(no plate)"} ${direction} lane ${lane_id.slice(0, 8)} ${why} ${outcome ?? "pending"} ${clock(at)}`;
}
