import { z } from "zod";
import { code, currency, instant, laneDirection, spotType, uuid } from "../primitives.ts";
import { priceMinor, slug, timeZone, weeklyWindow } from "./values.ts";

const spotCount = z.int().min(0).max(1_000_000);

/**
 * How long data of one class holds without word from the cloud, and what is done with it after that:
 * `use` it and say so, `ask_operator` when a decision rests on it, or `ignore` it.
 */
const ageLimit = z.object({
  max_age_minutes: z.int().min(1).max(525_600).nullable(),
  beyond: z.enum(["use", "ask_operator", "ignore"]),
});
export type AgeLimit = z.infer<typeof ageLimit>;

const replicaAgeLimits = z.object({
  permits: ageLimit,
  reservations: ageLimit,
  blocklist: ageLimit,
  credits: ageLimit,
});

/** The tariff version in force for entries from `in_force_from` on, until the next one in the list. */
const scheduledTariff = z.object({ tariff_id: uuid, version: z.int().min(1), in_force_from: instant });
export type ScheduledTariff = z.infer<typeof scheduledTariff>;

export const lane = z.object({
  lane_id: uuid,
  code,
  name: z.string().min(1).max(80),
  direction: laneDirection,
  /** The area that the lane leads into; an exit leads out of it. */
  area: slug.nullable().default(null),
  /** The area on the lane's other side, for a lane within the lot. Null: the street. */
  outer_area: slug.nullable().default(null),
});
export type Lane = z.infer<typeof lane>;

/** A part of the lot with its own count; what is in it is also in the area that it lies in. */
export const area = z.object({
  code: slug,
  name: z.string().min(1).max(80),
  /** Null: no limit of its own. */
  capacity: spotCount.nullable(),
  /** The area that it lies in; null: directly in the lot. */
  within: slug.nullable().default(null),
  /** `permits`: visitors stay outside. */
  access: z.enum(["everyone", "permits"]).default("everyone"),
});
export type Area = z.infer<typeof area>;

/** Everything one lot's edge needs to know of its lot: the single item of the collection `lot`. */
export const lotPolicy = z
  .object({
    lot_id: uuid,
    /** Grows with each published change; quoted in every decision. */
    version: z.int().min(1),
    name: z.string().min(1).max(120),
    time_zone: timeZone,
    currency,
    capacity: z.object({ total: spotCount, by_spot_type: z.partialRecord(spotType, spotCount) }),
    /** Who is refused when the lot is full. Permits with a place of their own are not `transients`. */
    when_full: z.enum(["refuse_everyone", "refuse_transients", "admit_and_flag"]),
    /** Empty: always open. Exits work at any time. */
    opening_hours: z.array(weeklyWindow).max(50),
    /** Who is refused while the lot is closed. */
    when_closed: z.enum(["refuse_everyone", "refuse_transients"]),
    passback: z.enum(["none", "soft", "hard"]),
    transients: z.enum(["by_plate", "by_ticket", "both", "none"]),
    /** A read below this confidence (0 to 1) is asked again; a read without a confidence counts as good. */
    min_confidence: z.number().min(0).max(1),
    /** A plate that only resembles a known one: ask for another proof, or go on as a stranger. It never counts as the known one. */
    resembling_plate: z.enum(["ask", "treat_as_stranger"]),
    /** A vehicle at the exit without a session: charge the lost-ticket fee, call the operator, or open and record it. */
    exit_without_session: z.enum(["lost_ticket", "ask_operator", "open"]),
    /** Whether debts of earlier visits are collected at this exit or only shown. */
    collect_debts: z.boolean(),
    tariffs: z.array(scheduledTariff).max(1000),
    replica_age_limits: replicaAgeLimits,
    /** When the clock is not trusted: permits and reservations are taken as inside their times, or an operator is asked. */
    unknown_time: z.enum(["assume_in_time", "ask_operator"]),
    /** What the lane does when no decision can be made (SAFE-18). */
    fail_policy: z.object({ entry: z.enum(["closed", "open"]), exit: z.enum(["open", "ask_operator"]) }),
    /** While payments can't be made online: who owes at most this leaves with a debt; above it an operator is asked. */
    offline_payment: z.object({ max_debt_minor: priceMinor, max_open_debts: z.int().min(0).max(100) }),
    areas: z.array(area).max(100).default([]),
    lanes: z.array(lane).min(1).max(500),
  })
  .superRefine((lot, context) => {
    const issue = (path: string, message: string): void => {
      context.addIssue({ code: "custom", path: [path], message });
    };
    const typed = Object.values(lot.capacity.by_spot_type).reduce((sum, count) => sum + count, 0);
    if (typed > lot.capacity.total)
      issue("capacity", `The spot types add up to ${typed}, more than the total of ${lot.capacity.total}.`);
    if (new Set(lot.lanes.map((one) => one.lane_id)).size < lot.lanes.length)
      issue("lanes", "Two lanes have the same lane_id.");
    const starts = lot.tariffs.map((one) => Date.parse(one.in_force_from));
    if (new Set(starts).size < starts.length) issue("tariffs", "Two tariffs are in force from the same instant.");
    for (const fault of areaFaults(lot.areas)) issue("areas", fault);
    for (const fault of laneAreaFaults(lot)) issue("lanes", fault);
  });
export type LotPolicy = z.infer<typeof lotPolicy>;

function areaFaults(areas: readonly Area[]): string[] {
  const byCode = new Map(areas.map((one) => [one.code, one]));
  if (byCode.size < areas.length) return ["Two areas have the same code."];
  return areas.flatMap(({ code: start, within }) => {
    if (within !== null && !byCode.has(within)) return [`The area ${start} lies in ${within}, which is not there.`];
    const seen = new Set<string>();
    for (let at: string | null = start; at !== null; at = byCode.get(at)?.within ?? null) {
      if (seen.has(at)) return [`The area ${start} lies within itself.`];
      seen.add(at);
    }
    return [];
  });
}

/** A lane within the lot has a listed area on both sides. */
function laneAreaFaults(lot: { readonly areas: readonly Area[]; readonly lanes: readonly Lane[] }): string[] {
  const known = new Set(lot.areas.map((one) => one.code));
  return lot.lanes.flatMap(({ code: name, area: inner, outer_area: outer }) => {
    if (outer === null) return [];
    if (inner === null || !known.has(inner) || !known.has(outer) || inner === outer)
      return [`The lane ${name} is within the lot, so give it two different areas of the list.`];
    return [];
  });
}
