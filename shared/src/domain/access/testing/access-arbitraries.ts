import fc from "fast-check";
import type { LotPolicy } from "../../../contracts/replica/lot.ts";
import type { Permit } from "../../../contracts/replica/permit.ts";
import type { Reservation } from "../../../contracts/replica/reservation.ts";
import { toIso, type WallMs, wallMs } from "../../../kit/clock.ts";
import { DAY_MS, HOUR_MS } from "../../../kit/durations.ts";
import type { Session, SessionState } from "../../session/session-types.ts";
import type { CodeFault, EntryFacts, ExitFacts, LaneFacts, PlateRead, SharedFacts } from "../facts.ts";
import { entryFacts, exitFacts, LANE_ID, NOW, RESERVATION_ID, samplePolicy, tariffNow } from "./access-samples.ts";

/** Few plates that look alike, so that matches, look-alikes and strangers all turn up. */
export const PLATES = ["BAB123", "BA8123", "8AB123", "MXY99"];
const CODES = ["C1", "C2"];

const plate = fc.constantFrom(...PLATES);
const code = fc.constantFrom(...CODES);
const raw = fc.oneof(
  { weight: 6, arbitrary: plate },
  fc.constantFrom("unknown", "", "B-AB 123", "京A·12345"),
  fc.string({ maxLength: 12 }),
);
const minor = fc.nat(100_000);

/** Around now, at both ends of the calendar, and anywhere. */
const instant: fc.Arbitrary<WallMs> = fc
  .oneof(
    fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }).map((delta) => NOW + delta),
    fc.constantFrom(0, 1_000, NOW, NOW + 400 * DAY_MS),
  )
  .map(wallMs);
const iso = instant.map(toIso);
/** Mostly what lets a decision get as far as the vehicle. */
function mostly<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

function laneAt(direction: "entry" | "exit"): fc.Arbitrary<LaneFacts> {
  return fc.record({
    laneId: fc.constant(LANE_ID),
    direction: mostly<LaneFacts["direction"]>(direction, fc.constantFrom("entry", "exit")),
    mode: mostly<LaneFacts["mode"]>(
      "automatic",
      fc.constantFrom("held_open", "locked", "emergency_open", "out_of_service", "fault"),
    ),
    vehiclePresent: mostly(true, fc.boolean()),
  });
}

const permit: fc.Arbitrary<Permit> = fc.record({
  permit_id: fc.constantFrom("permit-1", "permit-2"),
  holder_label: fc.constant("x"),
  plates: fc.array(plate, { maxLength: 3 }),
  codes: fc.array(code, { maxLength: 1 }),
  max_concurrent: fc.integer({ min: 1, max: 3 }),
  valid_from: iso,
  valid_until: fc.option(iso),
  access_windows: fc.constantFrom([], [{ days: ["mon" as const], from: "22:00", to: "10:30" }]),
  spot_type: fc.option(fc.constantFrom("ev" as const, "standard" as const)),
  area: fc.constant(null),
  overflow: fc.constantFrom("deny", "admit_and_flag", "bill_as_visitor"),
  pool_id: fc.option(fc.constant("pool-1")),
});

const reservation: fc.Arbitrary<Reservation> = fc.record({
  reservation_id: fc.constant(RESERVATION_ID),
  plate: fc.option(plate),
  code: fc.option(code),
  starts_at: iso,
  ends_at: iso,
  spot_type: fc.constantFrom("standard", "ev"),
  status: fc.constantFrom("confirmed", "checked_in", "completed", "cancelled", "no_show"),
  early_tolerance_minutes: fc.nat(90),
  late_tolerance_minutes: fc.option(fc.nat(90)),
  prepaid: fc.boolean(),
});

const payment = fc.record({
  paymentId: fc.constantFrom("p1", "p2", "p3"),
  amountMinor: minor,
  paidAt: instant,
  paidUntil: instant,
});

const state: fc.Arbitrary<SessionState> = fc.oneof(
  fc.constant<SessionState>({ status: "open" }),
  instant.map((paidUntil): SessionState => ({ status: "paid", paidUntil })),
  instant.map((at): SessionState => ({ status: "closed", at, reason: "exit_unconfirmed", feeMinor: 0, debtMinor: 0 })),
  instant.map((at): SessionState => ({ status: "voided", at, reason: "backed_out" })),
);

const session: fc.Arbitrary<Session> = fc.record({
  sessionId: fc.constantFrom("s1", "s2", "s3"),
  kind: fc.constantFrom("transient", "permit", "reservation"),
  plate: fc.option(plate),
  ticket: fc.option(code),
  permitId: fc.constant(null),
  reservationId: fc.option(fc.constant(RESERVATION_ID)),
  spotType: fc.constantFrom("standard", "ev", "disabled"),
  area: fc.option(fc.constantFrom("garage", "vip")),
  vehicleClass: fc.constant(null),
  occupancyPermilleAtEntry: fc.option(fc.nat(1000)),
  tariff: fc.option(fc.constant({ id: tariffNow.tariff_id, version: tariffNow.version })),
  enteredAt: instant,
  state,
  payments: fc.array(payment, { maxLength: 2 }),
  lastMovement: fc.option(
    fc.record({
      movementId: fc.constant("m"),
      direction: fc.constantFrom("entry", "exit"),
      outcome: fc.option(fc.constantFrom("passed", "not_seen", "backed_out", "tailgated")),
    }),
  ),
});

const sharedAt = (direction: "entry" | "exit"): fc.Arbitrary<SharedFacts> =>
  fc.record({
    lane: laneAt(direction),
    reads: fc.array(
      fc.record({
        raw,
        confidence: mostly<number | null>(null, fc.double({ min: 0, max: 1, noNaN: true })),
        heading: mostly<PlateRead["heading"]>("towards", fc.constantFrom("away", null)),
        ageMs: mostly(0, fc.nat(20_000)),
      }),
      { maxLength: 2 },
    ),
    credential: fc.option(
      fc.record({
        kind: fc.constantFrom("ticket", "fresh_ticket", "qr", "card", "pin"),
        code: fc.oneof(code, fc.string({ maxLength: 5 })),
      }),
    ),
    codeFault: fc.option(
      fc.constantFrom<CodeFault>("ticket_forged", "ticket_mistyped", "ticket_used", "validation_used"),
    ),
    sessions: fc.array(session, { maxLength: 3 }),
    permits: fc.array(permit, { maxLength: 3 }),
    reservations: fc.array(reservation, { maxLength: 2 }),
    tariffs: fc.constantFrom([], [tariffNow]),
    debts: fc.array(fc.record({ debtId: fc.constantFrom("d1", "d2"), amountMinor: minor }), { maxLength: 2 }),
    link: fc.constantFrom("online", "cloud_down", "network_down", "gateway_down", "degraded"),
    replica: fc.record({ version: fc.nat(), ageMs: fc.option(fc.nat(3 * HOUR_MS)) }),
    clock: fc.constantFrom("synced", "holdover", "unknown"),
  });

export const anyEntryFacts: fc.Arbitrary<EntryFacts> = fc
  .record({
    shared: sharedAt("entry"),
    rest: fc.record({
      permitUse: fc.array(fc.record({ permitId: fc.constant("permit-1"), inside: fc.nat(4) }), { maxLength: 1 }),
      pools: fc.array(
        fc.record({ pool: fc.constant({ pool_id: "pool-1", label: "x", max_concurrent: 2 }), inside: fc.nat(3) }),
        { maxLength: 1 },
      ),
      blocklist: fc.array(
        fc.record({
          entry_id: fc.constant("block-1"),
          plate,
          action: fc.constantFrom("refuse" as const, "flag" as const),
          reason: fc.constant("x"),
          until: fc.option(iso),
        }),
        { maxLength: 2 },
      ),
      isStoreFull: fc.boolean(),
      counts: fc.record({
        inside: fc.nat(120),
        insideByArea: fc.record({ garage: fc.nat(120), vip: fc.nat(12) }),
        insideBySpotType: fc.constantFrom({}, { standard: 90 }, { ev: 10 }),
      }),
      wantedSpotType: fc.constantFrom("standard" as const, "ev" as const, "disabled" as const),
      vehicleClass: fc.option(fc.constant("van")),
    }),
  })
  .map(({ shared: common, rest }) => ({ ...entryFacts(), ...common, ...rest }));

export const anyExitFacts: fc.Arbitrary<ExitFacts> = fc
  .record({
    shared: sharedAt("exit"),
    rest: fc.record({
      payments: fc.array(
        fc.tuple(payment, fc.constantFrom("s1", "s2", null)).map(([one, sessionId]) => ({ ...one, sessionId })),
        { maxLength: 3 },
      ),
      validations: fc.array(
        fc.record({
          sessionId: fc.constantFrom("s1", "s2"),
          validation: minor.map((amountMinor) => ({ kind: "amount" as const, validationId: "v", amountMinor })),
        }),
        { maxLength: 2 },
      ),
      ticketIssuedAt: mostly<WallMs | null>(null, instant),
      lostTicket: fc.boolean(),
      autoPay: fc.option(minor.map((maxAmountMinor) => ({ accountId: "account-1", maxAmountMinor }))),
    }),
  })
  .map(({ shared: common, rest }) => ({ ...exitFacts(), ...common, ...rest }));

const ageLimit = fc.record({
  max_age_minutes: fc.option(fc.constant(60)),
  beyond: fc.constantFrom("use" as const, "ask_operator" as const, "ignore" as const),
});

/** A part within another, either of them full at times. */
const areas = fc
  .tuple(fc.option(fc.nat(120)), fc.option(fc.nat(12)), fc.constantFrom("everyone" as const, "permits" as const))
  .map(([garage, vip, access]): LotPolicy["areas"] => [
    { code: "garage", name: "Garage", capacity: garage, within: null, access: "everyone" },
    { code: "vip", name: "Reserved", capacity: vip, within: "garage", access },
  ]);
/** The lane leads to the street, into an area, or from one area into another. */
const laneAmong = fc
  .constantFrom([null, null], ["garage", null], ["vip", null], ["vip", "garage"])
  .map(([area = null, outer = null]): LotPolicy["lanes"] => [
    { lane_id: LANE_ID, code: "in-1", name: "Lane", direction: "entry", area, outer_area: outer },
  ]);

export const anyPolicy: fc.Arbitrary<LotPolicy> = fc
  .record({
    when_full: fc.constantFrom("refuse_everyone", "refuse_transients", "admit_and_flag"),
    opening_hours: fc.constantFrom([], [{ days: ["tue" as const], from: "08:00", to: "18:00" }]),
    when_closed: fc.constantFrom("refuse_everyone", "refuse_transients"),
    passback: fc.constantFrom("none", "soft", "hard"),
    transients: fc.constantFrom("by_plate", "by_ticket", "both", "none"),
    min_confidence: fc.constantFrom(0, 0.8, 1),
    resembling_plate: fc.constantFrom("ask", "treat_as_stranger"),
    exit_without_session: fc.constantFrom("lost_ticket", "ask_operator", "open"),
    collect_debts: fc.boolean(),
    replica_age_limits: fc.record({
      permits: ageLimit,
      reservations: ageLimit,
      blocklist: ageLimit,
      credits: ageLimit,
    }),
    unknown_time: fc.constantFrom("assume_in_time", "ask_operator"),
    fail_policy: fc.record({ entry: fc.constantFrom("closed", "open"), exit: fc.constantFrom("open", "ask_operator") }),
    offline_payment: fc.record({ max_debt_minor: minor, max_open_debts: fc.nat(3) }),
    areas,
    lanes: laneAmong,
  } satisfies { [Key in keyof LotPolicy]?: fc.Arbitrary<LotPolicy[Key]> })
  .map((changes) => samplePolicy(changes));

export const anyNow: fc.Arbitrary<WallMs> = instant;
