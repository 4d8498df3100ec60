import { type LotPolicy, lotPolicy } from "../../../contracts/replica/lot.ts";
import type { Permit } from "../../../contracts/replica/permit.ts";
import type { Reservation } from "../../../contracts/replica/reservation.ts";
import { fromIso, type WallMs } from "../../../kit/clock.ts";
import type { Session } from "../../session/session-types.ts";
import { sampleTariff } from "../../tariff/testing/tariff-samples.ts";
import type { EntryFacts, ExitFacts, LaneFacts, PlateRead } from "../facts.ts";

export const LOT_ID = "00000000-0000-7000-8000-0000000000a1";
export const LANE_ID = "00000000-0000-7000-8000-0000000000b1";
export const RESERVATION_ID = "00000000-0000-7000-8000-0000000000c1";

/** Monday, 2026-03-02, 10:00 in Berlin. */
export const NOW: WallMs = fromIso("2026-03-02T10:00:00+01:00");
export const tariffNow = sampleTariff({});

/** An instant on that Monday, by the lot's wall clock. */
export function today(time: string): string {
  return `2026-03-02T${time}:00+01:00`;
}

/** An open lot of 100 for visitors by plate, changed by `changes`; throws when the result isn't valid. */
export function samplePolicy(changes: Partial<LotPolicy> = {}): LotPolicy {
  const hour = { max_age_minutes: 60, beyond: "use" };
  return lotPolicy.parse({
    lot_id: LOT_ID,
    version: 7,
    name: "Sample lot",
    time_zone: "Europe/Berlin",
    currency: "EUR",
    capacity: { total: 100, by_spot_type: { standard: 90, ev: 10 } },
    when_full: "refuse_transients",
    opening_hours: [],
    when_closed: "refuse_transients",
    passback: "soft",
    transients: "by_plate",
    min_confidence: 0.8,
    resembling_plate: "ask",
    exit_without_session: "lost_ticket",
    collect_debts: true,
    tariffs: [{ tariff_id: tariffNow.tariff_id, version: tariffNow.version, in_force_from: "2026-01-01T00:00:00Z" }],
    replica_age_limits: { permits: hour, reservations: hour, blocklist: hour, credits: hour },
    unknown_time: "assume_in_time",
    fail_policy: { entry: "closed", exit: "open" },
    offline_payment: { max_debt_minor: 2000, max_open_debts: 2 },
    lanes: [{ lane_id: LANE_ID, code: "in-1", name: "Entry 1", direction: "entry" }],
    ...changes,
  });
}

export function sampleRead(raw: string, changes: Partial<PlateRead> = {}): PlateRead {
  return { raw, confidence: 0.95, heading: "towards", ageMs: 300, ...changes };
}

export function samplePermit(changes: Partial<Permit> = {}): Permit {
  return {
    permit_id: "permit-1",
    holder_label: "Flat 4",
    plates: ["BAB123"],
    codes: [],
    max_concurrent: 1,
    valid_from: "2026-01-01T00:00:00Z",
    valid_until: null,
    access_windows: [],
    spot_type: null,
    area: null,
    overflow: "deny",
    pool_id: null,
    ...changes,
  };
}

export function sampleReservation(changes: Partial<Reservation> = {}): Reservation {
  return {
    reservation_id: RESERVATION_ID,
    plate: "BAB123",
    code: null,
    starts_at: today("10:00"),
    ends_at: today("14:00"),
    spot_type: "standard",
    status: "confirmed",
    early_tolerance_minutes: 30,
    late_tolerance_minutes: 60,
    prepaid: true,
    ...changes,
  };
}

/** A visitor's stay that began at 08:00 and was seen to pass. */
export function sampleSession(changes: Partial<Session> = {}): Session {
  return {
    sessionId: "00000000-0000-7000-8000-0000000000d1",
    kind: "transient",
    plate: "BAB123",
    ticket: null,
    permitId: null,
    reservationId: null,
    spotType: "standard",
    area: null,
    vehicleClass: null,
    occupancyPermilleAtEntry: 100,
    tariff: { id: tariffNow.tariff_id, version: tariffNow.version },
    enteredAt: fromIso(today("08:00")),
    state: { status: "open" },
    payments: [],
    lastMovement: { movementId: "m1", direction: "entry", outcome: "passed" },
    ...changes,
  };
}

const lane = (direction: "entry" | "exit"): LaneFacts => ({
  laneId: LANE_ID,
  direction,
  mode: "automatic",
  vehiclePresent: true,
});

const shared = {
  reads: [sampleRead("B-AB 123")],
  credential: null,
  codeFault: null,
  sessions: [],
  permits: [],
  reservations: [],
  tariffs: [tariffNow],
  debts: [],
  link: "online",
  replica: { version: 12, ageMs: 5_000 },
  clock: "synced",
} as const;

/** A stranger's car with a well-read plate at an entry of an almost empty lot. */
export function entryFacts(changes: Partial<EntryFacts> = {}): EntryFacts {
  return {
    ...shared,
    lane: lane("entry"),
    permitUse: [],
    pools: [],
    blocklist: [],
    isStoreFull: false,
    counts: { inside: 10, insideByArea: {}, insideBySpotType: { standard: 9, ev: 1 } },
    wantedSpotType: "standard",
    vehicleClass: null,
    ...changes,
  };
}

/** The car of `sampleSession` at an exit. */
export function exitFacts(changes: Partial<ExitFacts> = {}): ExitFacts {
  return {
    ...shared,
    lane: lane("exit"),
    sessions: [sampleSession()],
    payments: [],
    validations: [],
    ticketIssuedAt: null,
    lostTicket: false,
    autoPay: null,
    ...changes,
  };
}
