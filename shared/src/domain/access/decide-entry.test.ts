import { describe, expect, test } from "vitest";
import type { LotPolicy } from "../../contracts/replica/lot.ts";
import type { Permit } from "../../contracts/replica/permit.ts";
import { fromIso } from "../../kit/clock.ts";
import { HOUR_MS } from "../../kit/durations.ts";
import { decideEntry } from "./decide-entry.ts";
import type { Decision } from "./decision.ts";
import type { EntryFacts } from "./facts.ts";
import {
  entryFacts,
  NOW,
  samplePermit,
  samplePolicy,
  sampleRead,
  sampleReservation,
  sampleSession,
  tariffNow,
  today,
} from "./testing/access-samples.ts";

interface Case {
  readonly facts?: Partial<EntryFacts>;
  readonly policy?: Partial<LotPolicy>;
  readonly at?: string;
}

function decide({ facts, policy, at }: Case): Decision {
  return decideEntry(entryFacts(facts), samplePolicy(policy), at === undefined ? NOW : fromIso(at));
}

/** Outcome, with what is asked, and the reasons in order. */
function summary(decision: Decision): string {
  const outcome = decision.outcome === "ask" ? `ask ${decision.ask}` : decision.outcome;
  return [outcome, ...decision.reasons.map((reason) => reason.code)].join(" ");
}

const permits = (changes: Partial<Permit> = {}): Partial<EntryFacts> => ({ permits: [samplePermit(changes)] });
const use = (inside: number): Partial<EntryFacts> => ({ permitUse: [{ permitId: "permit-1", inside }] });
const stale = { replica: { version: 12, ageMs: 2 * HOUR_MS } };
const limits = (beyond: "use" | "ask_operator" | "ignore"): Partial<LotPolicy> => {
  const limit = { max_age_minutes: 60, beyond };
  return { replica_age_limits: { permits: limit, reservations: limit, blocklist: limit, credits: limit } };
};
const listed = (action: "refuse" | "flag", until: string | null = null): Partial<EntryFacts> => ({
  blocklist: [{ entry_id: "block-1", plate: "BAB123", action, reason: "unpaid", until }],
});
const full: Partial<EntryFacts> = {
  counts: { insideByArea: {}, inside: 100, insideBySpotType: { standard: 90, ev: 10 } },
};
const nobody = { reads: [] };
const pool = (inside: number): Partial<EntryFacts> => ({
  pools: [{ pool: { pool_id: "pool-1", label: "Tenant", max_concurrent: 40 }, inside }],
});
const unseen = sampleSession({ lastMovement: { movementId: "m", direction: "entry", outcome: "not_seen" } });

describe("decideEntry", () => {
  test.each<[string, Case, string]>([
    // Visitors
    ["a visitor by plate", {}, "admit transient_by_plate"],
    ["no visitors", { policy: { transients: "none" } }, "refuse transients_not_accepted"],
    ["no plate, by plate", { facts: nobody }, "ask qr no_plate"],
    ["no plate, by ticket", { facts: nobody, policy: { transients: "by_ticket" } }, "ask ticket no_plate"],
    ["no plate, both", { facts: nobody, policy: { transients: "both" } }, "ask ticket no_plate"],
    [
      "no plate, no visitors",
      { facts: nobody, policy: { transients: "none" } },
      "ask retry_read no_plate transients_not_accepted",
    ],
    ["plate, both", { policy: { transients: "both" } }, "admit transient_by_plate"],
    ["plate, by ticket", { policy: { transients: "by_ticket" } }, "ask ticket transient_by_ticket"],
    [
      "ticket printed",
      { facts: { credential: { kind: "fresh_ticket", code: "T1" } }, policy: { transients: "by_ticket" } },
      "admit transient_by_ticket",
    ],
    [
      "an old ticket is no ticket",
      { facts: { ...nobody, credential: { kind: "ticket", code: "T1" } }, policy: { transients: "by_ticket" } },
      "ask ticket no_plate",
    ],
    [
      "unplated vehicle with a QR code",
      { facts: { ...nobody, credential: { kind: "qr", code: "Q1" } } },
      "admit transient_by_ticket",
    ],
    [
      "a debt is shown at entry",
      { facts: { debts: [{ debtId: "d1", amountMinor: 500 }] } },
      "admit transient_by_plate debt_of_earlier_visit",
    ],
    // Reads
    ["camera says unknown", { facts: { reads: [sampleRead("unknown")] } }, "ask qr no_plate"],
    [
      "low confidence",
      { facts: { reads: [sampleRead("B-AB 123", { confidence: 0.5 })] } },
      "ask retry_read read_low_confidence",
    ],
    [
      "confidence not given",
      { facts: { reads: [sampleRead("B-AB 123", { confidence: null })] } },
      "admit transient_by_plate",
    ],
    ["stale read", { facts: { reads: [sampleRead("B-AB 123", { ageMs: 10_001 })] } }, "ask qr read_stale"],
    ["driving away", { facts: { reads: [sampleRead("B-AB 123", { heading: "away" })] } }, "ask qr read_heading_away"],
    [
      "two vehicles in the picture",
      { facts: { reads: [sampleRead("BAB123"), sampleRead("MXY99")] } },
      "ask retry_read read_conflict",
    ],
    [
      "one plate, read twice, one surer",
      { facts: { reads: [sampleRead("BAB123"), sampleRead("BA8123", { confidence: 0.85 })] } },
      "admit transient_by_plate",
    ],
    [
      "one plate, read twice, equally sure",
      { facts: { reads: [sampleRead("BAB123"), sampleRead("BA8123")] } },
      "ask retry_read read_conflict",
    ],
    // Lane
    [
      "Verifies: SAFE-27 no vehicle on the loop",
      { facts: { lane: { ...entryFacts().lane, vehiclePresent: false }, ...permits() } },
      "refuse no_vehicle",
    ],
    [
      "Verifies: SAFE-27 wrong direction",
      { facts: { lane: { ...entryFacts().lane, direction: "exit" }, ...permits() } },
      "refuse lane_wrong_direction",
    ],
    ["locked", { facts: { lane: { ...entryFacts().lane, mode: "locked" } } }, "refuse lane_locked"],
    ["fault", { facts: { lane: { ...entryFacts().lane, mode: "fault" } } }, "refuse lane_out_of_service"],
    [
      "held open still counts",
      { facts: { lane: { ...entryFacts().lane, mode: "held_open" } } },
      "admit transient_by_plate lane_held_open",
    ],
    [
      "held open, unreadable",
      { facts: { ...nobody, lane: { ...entryFacts().lane, mode: "held_open" } } },
      "admit lane_held_open no_plate",
    ],
    [
      "held open, full",
      { facts: { ...full, lane: { ...entryFacts().lane, mode: "emergency_open" } } },
      "admit lane_held_open lot_full transient_by_plate",
    ],
    [
      "held open, listed",
      { facts: { ...listed("refuse"), lane: { ...entryFacts().lane, mode: "held_open" } } },
      "refuse blocklisted",
    ],
    // Blocklist
    ["listed", { facts: listed("refuse") }, "refuse blocklisted"],
    ["listed with a permit", { facts: { ...listed("refuse"), ...permits() } }, "refuse blocklisted"],
    ["watched", { facts: listed("flag") }, "admit transient_by_plate blocklist_flagged"],
    ["listed until now", { facts: listed("refuse", today("10:00")) }, "admit transient_by_plate"],
    ["listed until just after", { facts: listed("refuse", today("10:01")) }, "refuse blocklisted"],
    [
      "listed until a past date, clock unknown",
      { facts: { ...listed("refuse", today("09:00")), clock: "unknown" } },
      "refuse blocklisted",
    ],
    [
      "a look-alike is listed",
      { facts: { blocklist: [{ entry_id: "b", plate: "BA8123", action: "refuse", reason: "x", until: null }] } },
      "admit transient_by_plate",
    ],
    [
      "listed, data too old to use",
      { facts: { ...listed("refuse"), ...stale }, policy: limits("ignore") },
      "admit transient_by_plate replica_stale",
    ],
    [
      "listed, data too old: ask",
      { facts: { ...listed("refuse"), ...stale }, policy: limits("ask_operator") },
      "ask operator blocklisted replica_stale",
    ],
    // Permits
    ["permit", { facts: permits() }, "admit permit_valid"],
    ["permit where no visitors are", { facts: permits(), policy: { transients: "none" } }, "admit permit_valid"],
    [
      "permit by card",
      { facts: { ...nobody, ...permits({ codes: ["C1"] }), credential: { kind: "card", code: "C1" } } },
      "admit permit_valid",
    ],
    [
      "several plates, M at once: one free",
      { facts: { ...permits({ plates: ["MXY99", "BAB123"], max_concurrent: 2 }), ...use(1) } },
      "admit permit_valid",
    ],
    [
      "several plates, M at once: none free",
      { facts: { ...permits({ max_concurrent: 2 }), ...use(2) } },
      "refuse permit_full",
    ],
    [
      "overflow admitted",
      { facts: { ...permits({ overflow: "admit_and_flag" }), ...use(1) } },
      "admit permit_valid permit_overflow_flagged permit_full",
    ],
    [
      "overflow billed",
      { facts: { ...permits({ overflow: "bill_as_visitor" }), ...use(1) } },
      "admit transient_by_plate permit_overflow_billed permit_full",
    ],
    [
      "overflow billed where no visitors are",
      { facts: { ...permits({ overflow: "bill_as_visitor" }), ...use(1) }, policy: { transients: "none" } },
      "admit transient_by_plate permit_overflow_billed permit_full",
    ],
    ["pool with room", { facts: { ...permits({ pool_id: "pool-1" }), ...pool(39) } }, "admit permit_valid"],
    ["pool full", { facts: { ...permits({ pool_id: "pool-1" }), ...pool(40) } }, "refuse pool_full"],
    ["pool not known", { facts: permits({ pool_id: "pool-1" }) }, "refuse pool_full"],
    [
      "a second permit has room",
      { facts: { permits: [samplePermit(), samplePermit({ permit_id: "permit-2" })], ...use(1) } },
      "admit permit_valid",
    ],
    [
      "permit full, but a reservation",
      { facts: { ...permits(), ...use(1), reservations: [sampleReservation()] } },
      "admit reservation_valid",
    ],
    [
      "not yet valid",
      { facts: permits({ valid_from: today("10:01") }) },
      "admit transient_by_plate permit_not_in_time",
    ],
    [
      "valid until now",
      { facts: permits({ valid_until: today("10:00") }), policy: { transients: "none" } },
      "refuse transients_not_accepted permit_not_in_time",
    ],
    [
      "inside its window",
      { facts: permits({ access_windows: [{ days: ["mon"], from: "10:00", to: "11:00" }] }) },
      "admit permit_valid",
    ],
    [
      "outside its window",
      { facts: permits({ access_windows: [{ days: ["mon"], from: "08:00", to: "10:00" }] }) },
      "admit transient_by_plate permit_not_in_time",
    ],
    [
      "night window from Sunday",
      { facts: permits({ access_windows: [{ days: ["sun"], from: "22:00", to: "10:01" }] }) },
      "admit permit_valid",
    ],
    [
      "clock unknown, assumed in time",
      { facts: { ...permits({ valid_until: today("09:00") }), clock: "unknown" } },
      "admit permit_valid clock_not_trusted",
    ],
    [
      "clock unknown, ask",
      { facts: { ...permits(), clock: "unknown" }, policy: { unknown_time: "ask_operator" } },
      "ask operator clock_not_trusted",
    ],
    ["permits too old: used", { facts: { ...permits(), ...stale } }, "admit permit_valid replica_stale"],
    [
      "permits too old: ignored",
      { facts: { ...permits(), ...stale }, policy: limits("ignore") },
      "admit transient_by_plate replica_stale",
    ],
    [
      "permits too old: ask",
      { facts: { ...permits(), ...stale }, policy: limits("ask_operator") },
      "ask operator replica_stale",
    ],
    [
      "age not known: as too old",
      { facts: { ...permits(), replica: { version: 12, ageMs: null } }, policy: limits("ignore") },
      "admit transient_by_plate replica_stale",
    ],
    ["no permit in data too old: told", { facts: stale }, "admit transient_by_plate replica_stale"],
    [
      "no permit in data too old, which an operator judges: nothing to judge, but told",
      { facts: stale, policy: limits("ask_operator") },
      "admit transient_by_plate replica_stale",
    ],
    [
      "permit for this lane's area",
      {
        facts: permits({ area: "p2" }),
        policy: { lanes: samplePolicy().lanes.map((lane) => ({ ...lane, area: "p2" })) },
      },
      "admit permit_valid",
    ],
    [
      "permit for another area",
      { facts: permits({ area: "p2" }), policy: { transients: "none" } },
      "refuse transients_not_accepted permit_other_area",
    ],
    // Look-alikes
    [
      "Verifies: SAFE-27 resembles a permit: asks",
      { facts: permits({ plates: ["BA8123"] }) },
      "ask operator plate_resembles",
    ],
    [
      "Verifies: SAFE-27 resembles a permit where no visitors are: asks",
      { facts: permits({ plates: ["BA8123"] }), policy: { transients: "none" } },
      "ask operator plate_resembles",
    ],
    [
      "Verifies: SAFE-27 the same, a stranger by policy: never opens",
      { facts: permits({ plates: ["BA8123"] }), policy: { transients: "none", resembling_plate: "treat_as_stranger" } },
      "refuse transients_not_accepted plate_resembles",
    ],
    [
      "resembles a permit: a stranger by policy",
      { facts: permits({ plates: ["BA8123"] }), policy: { resembling_plate: "treat_as_stranger" } },
      "admit transient_by_plate plate_resembles",
    ],
    // Reservations
    ["reservation", { facts: { reservations: [sampleReservation()] } }, "admit reservation_valid"],
    [
      "by code",
      {
        facts: {
          ...nobody,
          reservations: [sampleReservation({ plate: null, code: "R1" })],
          credential: { kind: "qr", code: "R1" },
        },
      },
      "admit reservation_valid",
    ],
    [
      "early, within tolerance",
      { facts: { reservations: [sampleReservation()] }, at: today("09:30") },
      "admit reservation_valid",
    ],
    [
      "too early",
      { facts: { reservations: [sampleReservation()] }, at: today("09:29") },
      "admit transient_by_plate reservation_too_early",
    ],
    [
      "late, within tolerance",
      { facts: { reservations: [sampleReservation()] }, at: today("11:00") },
      "admit reservation_valid",
    ],
    [
      "no-show",
      { facts: { reservations: [sampleReservation()] }, at: today("11:01") },
      "admit transient_by_plate reservation_too_late",
    ],
    [
      "late with the place kept",
      { facts: { reservations: [sampleReservation({ late_tolerance_minutes: null })] }, at: today("13:59") },
      "admit reservation_valid",
    ],
    [
      "back within the window",
      { facts: { reservations: [sampleReservation({ status: "checked_in" })] }, at: today("13:00") },
      "admit reservation_valid",
    ],
    [
      "over",
      { facts: { reservations: [sampleReservation({ late_tolerance_minutes: null })] }, at: today("14:00") },
      "admit transient_by_plate reservation_too_late",
    ],
    [
      "cancelled",
      { facts: { reservations: [sampleReservation({ status: "cancelled" })] } },
      "admit transient_by_plate reservation_not_active",
    ],
    // Store
    ["store full, visitor", { facts: { isStoreFull: true } }, "refuse store_full"],
    ["store full, permit", { facts: { isStoreFull: true, ...permits() } }, "refuse store_full"],
    [
      "store full, held open",
      { facts: { isStoreFull: true, lane: { ...entryFacts().lane, mode: "emergency_open" } } },
      "admit lane_held_open store_full",
    ],
    // Lot
    ["full, visitor", { facts: full }, "refuse lot_full transient_by_plate"],
    ["full, permit", { facts: { ...full, ...permits() } }, "admit permit_valid lot_full"],
    [
      "full, permit, everyone refused",
      { facts: { ...full, ...permits() }, policy: { when_full: "refuse_everyone" } },
      "refuse lot_full permit_valid",
    ],
    ["full, flagged", { facts: full, policy: { when_full: "admit_and_flag" } }, "admit transient_by_plate lot_full"],
    [
      "no standard spot left",
      { facts: { counts: { insideByArea: {}, inside: 91, insideBySpotType: { standard: 90, ev: 1 } } } },
      "refuse spot_type_full transient_by_plate",
    ],
    [
      "no charging spot left",
      {
        facts: {
          counts: { insideByArea: {}, inside: 20, insideBySpotType: { standard: 10, ev: 10 } },
          wantedSpotType: "ev",
        },
      },
      "admit transient_by_plate spot_type_full",
    ],
    [
      "closed, visitor",
      { policy: { opening_hours: [{ days: ["mon"], from: "06:00", to: "10:00" }] } },
      "refuse lot_closed transient_by_plate",
    ],
    [
      "closed, permit",
      { facts: permits(), policy: { opening_hours: [{ days: ["mon"], from: "06:00", to: "10:00" }] } },
      "admit permit_valid",
    ],
    [
      "closed for everyone",
      {
        facts: permits(),
        policy: { opening_hours: [{ days: ["mon"], from: "06:00", to: "10:00" }], when_closed: "refuse_everyone" },
      },
      "refuse lot_closed permit_valid",
    ],
    [
      "closed, clock unknown",
      { facts: { clock: "unknown" }, policy: { opening_hours: [{ days: ["mon"], from: "06:00", to: "10:00" }] } },
      "admit transient_by_plate",
    ],
    ["tariff not known", { policy: { tariffs: [] } }, "admit transient_by_plate tariff_missing"],
    // Sessions
    ["read again after an entry that was not seen", { facts: { sessions: [unseen] } }, "admit resumed"],
    [
      "the same, though the lot is full and closed now",
      { facts: { ...full, sessions: [unseen] }, policy: { transients: "none" } },
      "admit resumed",
    ],
    [
      "a look-alike's unseen entry is not resumed",
      { facts: { sessions: [{ ...unseen, plate: "BA8123" }] } },
      "admit transient_by_plate",
    ],
    [
      "visitor whose exit was missed",
      { facts: { sessions: [sampleSession()] } },
      "admit transient_by_plate supersedes_session",
    ],
    [
      "passback none",
      { facts: { ...permits(), sessions: [sampleSession()] }, policy: { passback: "none" } },
      "admit permit_valid supersedes_session",
    ],
    [
      "passback soft",
      { facts: { ...permits(), sessions: [sampleSession()] } },
      "admit permit_valid passback_flagged supersedes_session",
    ],
    [
      "passback hard",
      { facts: { ...permits(), sessions: [sampleSession()] }, policy: { passback: "hard" } },
      "refuse passback_refused",
    ],
    [
      "passback hard, card of a visitor",
      {
        facts: { ...nobody, credential: { kind: "card", code: "C1" }, sessions: [sampleSession({ ticket: "C1" })] },
        policy: { passback: "hard" },
      },
      "refuse passback_refused",
    ],
    [
      "closed stays don't count",
      {
        facts: {
          ...permits(),
          sessions: [sampleSession({ state: { status: "voided", at: NOW, reason: "backed_out" } })],
        },
        policy: { passback: "hard" },
      },
      "admit permit_valid",
    ],
    [
      "full, but its own missed exit frees the place",
      { facts: { ...full, sessions: [sampleSession()] } },
      "admit transient_by_plate supersedes_session",
    ],
  ])("%s", (_name, given, expected) => {
    expect(summary(decide(given))).toBe(expected);
  });

  test("fixes the session's terms at entry", () => {
    const decision = decide({
      facts: {
        vehicleClass: "van",
        counts: { insideByArea: {}, inside: 90, insideBySpotType: { standard: 80, ev: 10 } },
        wantedSpotType: "ev",
      },
    });
    expect(decision.session).toEqual({
      kind: "open",
      supersedes: [],
      start: {
        kind: "transient",
        plate: "BAB123",
        ticket: null,
        permitId: null,
        reservationId: null,
        spotType: "standard",
        area: null,
        vehicleClass: "van",
        occupancyPermilleAtEntry: 900,
        tariff: { id: tariffNow.tariff_id, version: 3 },
        enteredAt: NOW,
      },
    });
  });

  test("a permit's stay has no tariff; one that is billed has, and keeps the permit's name", () => {
    const stay = (given: Case) => {
      const { session } = decide(given);
      return session.kind === "open" ? { ...session.start } : null;
    };
    expect(stay({ facts: permits() })).toMatchObject({ kind: "permit", permitId: "permit-1", tariff: null });
    expect(stay({ facts: { ...permits({ overflow: "bill_as_visitor" }), ...use(1) } })).toMatchObject({
      kind: "transient",
      permitId: "permit-1",
      tariff: { version: 3 },
    });
    expect(stay({ facts: { reservations: [sampleReservation({ spot_type: "ev" })] } })).toMatchObject({
      kind: "reservation",
      spotType: "ev",
    });
  });

  test("tells the auditor by what, from what data and in what state it was decided", () => {
    const decision = decide({ facts: { ...permits(), link: "cloud_down", clock: "holdover" } });
    expect(decision).toMatchObject({
      displayKey: "entry.welcome",
      credential: { kind: "plate", value: "BAB123" },
      matchedPlate: "BAB123",
      reasons: [{ code: "permit_valid", rule: "permit-1", version: null }],
      charge: { kind: "none" },
      audit: { policyVersion: 7, replicaVersion: 12, replicaAgeMs: 5_000, link: "cloud_down", clock: "holdover" },
    });
    expect(decide({}).matchedPlate).toBeNull();
  });

  test("decides the same whatever the link is", () => {
    const links = ["online", "cloud_down", "network_down", "gateway_down", "degraded"] as const;
    expect(new Set(links.map((link) => summary(decide({ facts: { ...permits(), link } })))).size).toBe(1);
  });
});
