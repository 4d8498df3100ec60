import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { pick, type Random } from "@gatehouse/shared/kit/random.ts";
import { z } from "zod";
import type { DriverTemper } from "./driver.ts";
import type { PlateRegister } from "./plates.ts";

const share = z.number().min(0).max(1);

/** Who comes to a lot and how they drive; shares are of all arrivals, 0 to 1. */
export const population = z.object({
  countries: z.tuple([plateCountry()], plateCountry()).readonly(),
  permit_plates: z.array(z.string()).max(5_000),
  permit_share: share,
  blocked_plates: z.array(z.string()).max(500),
  blocked_share: share,
  unplated_share: share,
  /** Drivers whose plate no camera can read, and who take a ticket where one is given out. */
  ticket_share: share,
  /** Of those with a ticket: who has lost it when leaving. */
  loses_ticket: share,
  /** Of those with a ticket: who shows a shop's validation when asked to pay. */
  shows_validation: share,
  validation_codes: z.array(z.string()).max(100),
  /** Drivers who change their mind after the gate has opened. */
  backs_out: share,
  /** Drivers who slip in behind the one before. */
  tailgates: share,
  mean_stay_minutes: z.number().positive(),
});
export type Population = z.infer<typeof population>;

export type VehicleKind = "transient" | "permit" | "blocked" | "unplated" | "ticket";

export interface Vehicle {
  readonly id: string;
  readonly kind: VehicleKind;
  /** As painted; null on a vehicle without a plate that can be read. */
  readonly plate: string | null;
  readonly lengthM: number;
}

/** What a driver with a ticket does with it. */
export interface TicketHabits {
  readonly losesIt: boolean;
  /** A shop's code that is shown when there is something to pay; null without one. */
  readonly validation: string | null;
}

/** Everything about one visit that does not depend on what the lot does. */
export interface VisitPlan {
  readonly vehicle: Vehicle;
  readonly entry: DriverTemper;
  readonly exit: DriverTemper;
  /** Wall time between the entry and the way out. */
  readonly stayMs: number;
  readonly habits: TicketHabits;
}

const MIN_STAY_MS = 4 * MINUTE_MS;
const MAX_STAY_MS = 40 * HOUR_MS;

/** The visit that a random sequence gives. */
export function drawVisit(id: string, who: Population, register: PlateRegister, random: Random): VisitPlan {
  const vehicle = drawVehicle(id, who, register, random);
  const entry = drawTemper(who, random);
  const exit = { ...drawTemper(who, random), backsOut: random.next() < who.backs_out / 2, tailgates: false };
  const stayMs = drawStayMs(who.mean_stay_minutes, random);
  const habits = drawHabits(vehicle.kind, who, random);
  // Who has paid for a lost ticket doesn't turn back: nothing would tell the gate who he is when he comes again.
  return { vehicle, entry, exit: habits.losesIt ? { ...exit, backsOut: false } : exit, stayMs, habits };
}

function drawHabits(kind: VehicleKind, who: Population, random: Random): TicketHabits {
  if (kind !== "ticket") return { losesIt: false, validation: null };
  const losesIt = random.next() < who.loses_ticket;
  const shows = random.next() < who.shows_validation && who.validation_codes.length > 0;
  return { losesIt, validation: shows ? pick(random, who.validation_codes) : null };
}

function drawVehicle(id: string, who: Population, register: PlateRegister, random: Random): Vehicle {
  const lengthM = 3.8 + random.next() * 1.4;
  const chance = random.next();
  const blockedBelow = who.blocked_plates.length > 0 ? who.blocked_share : 0;
  const permitBelow = blockedBelow + (who.permit_plates.length > 0 ? who.permit_share : 0);
  if (chance < blockedBelow) return { id, kind: "blocked", plate: pick(random, who.blocked_plates), lengthM };
  if (chance < permitBelow) return { id, kind: "permit", plate: pick(random, who.permit_plates), lengthM };
  const unplatedBelow = permitBelow + who.unplated_share;
  if (chance < unplatedBelow) return { id, kind: "unplated", plate: null, lengthM };
  if (chance < unplatedBelow + who.ticket_share) return { id, kind: "ticket", plate: null, lengthM };
  return { id, kind: "transient", plate: register.draw(who.countries, random), lengthM };
}

function drawTemper(who: Population, random: Random): DriverTemper {
  return {
    speedMps: 2 + random.next() * 1.2,
    reactionMs: 400 + random.next() * 900,
    backsOut: random.next() < who.backs_out,
    tailgates: random.next() < who.tailgates,
  };
}

/** Exponential around the mean, as stays roughly are, within what a lot sees in a day or two. */
function drawStayMs(meanMinutes: number, random: Random): number {
  const stay = -Math.log(1 - random.next()) * meanMinutes * MINUTE_MS;
  return Math.min(MAX_STAY_MS, Math.max(MIN_STAY_MS, stay));
}

function plateCountry() {
  return z.enum(["DE", "NL", "FR", "PL", "IT", "GB", "US", "CA"]);
}
