import { describe, expect, test } from "vitest";
import type { LotPolicy } from "../../contracts/replica/lot.ts";
import { fromIso, later, toIso, wallMs } from "../../kit/clock.ts";
import { HOUR_MS } from "../../kit/durations.ts";
import type { Validation } from "../tariff/quote.ts";
import { decideExit } from "./decide-exit.ts";
import { decideFailed } from "./decide-failed.ts";
import type { Decision } from "./decision.ts";
import type { ExitFacts } from "./facts.ts";
import { UNSEEN_EXIT_LIFE_MS } from "./known-stays.ts";
import {
  exitFacts,
  NOW,
  RESERVATION_ID,
  samplePermit,
  samplePolicy,
  sampleRead,
  sampleReservation,
  sampleSession,
  tariffNow,
  today,
} from "./testing/access-samples.ts";

interface Case {
  readonly facts?: Partial<ExitFacts>;
  readonly policy?: Partial<LotPolicy>;
  readonly at?: string;
}

function decide({ facts, policy, at }: Case): Decision {
  return decideExit(exitFacts(facts), samplePolicy(policy), at === undefined ? NOW : fromIso(at));
}

/** Outcome, with what is asked, what the stay owes or paid, and the reasons in order. */
function summary(decision: Decision): string {
  const outcome = decision.outcome === "ask" ? `ask ${decision.ask}` : decision.outcome;
  return [outcome, charge(decision), ...decision.reasons.map((reason) => reason.code)].join(" ");
}

function charge({ charge: change }: Decision): string {
  switch (change.kind) {
    case "none":
      return "-";
    case "due":
      return `due:${change.dueMinor}`;
    case "settled":
      return `settled:${change.quote.paidMinor}`;
    case "account":
      return `account:${change.amountMinor}`;
    case "debt":
      return change.quote === null ? "debt:later" : `debt:${change.amountMinor}`;
  }
}

const session = sampleSession();
const { sessionId } = session;
const payment = {
  paymentId: "p1",
  sessionId,
  amountMinor: 200,
  paidAt: fromIso(today("09:50")),
  paidUntil: fromIso(today("10:05")),
};
const on = (validation: Validation): ExitFacts["validations"][number] => ({ sessionId, validation });
const nobody = { reads: [] };
const noStay = { sessions: [] };
const lane = exitFacts().lane;
const autoPay = { accountId: "account-1", maxAmountMinor: 500 };
const debts = [{ debtId: "d1", amountMinor: 700 }];
const stale = { replica: { version: 12, ageMs: 2 * HOUR_MS } };
const credits = (beyond: "ask_operator" | "ignore"): Partial<LotPolicy> => {
  const limit = { max_age_minutes: 60, beyond };
  return { replica_age_limits: { permits: limit, reservations: limit, blocklist: limit, credits: limit } };
};
const unseenExit = sampleSession({
  state: { status: "closed", at: NOW, reason: "exit_unconfirmed", feeMinor: 200, debtMinor: 0 },
  lastMovement: { movementId: "m2", direction: "exit", outcome: "not_seen" },
});
const booked = sampleSession({ kind: "reservation", reservationId: RESERVATION_ID });
const window = { reservations: [sampleReservation({ starts_at: today("08:00"), ends_at: today("09:00") })] };

describe("decideExit", () => {
  // The stay of 08:00 to 10:00 costs 2.00.
  test.each<[string, Case, string]>([
    // Money
    ["not paid", {}, "ask pay due:200 payment_due session_found"],
    ["paid online, in grace", { facts: { payments: [payment] } }, "admit settled:200 within_paid_time session_found"],
    [
      "paid, at the last instant of the grace",
      { facts: { payments: [payment] }, at: today("10:05") },
      "admit settled:200 within_paid_time session_found",
    ],
    [
      "paid, past the grace",
      { facts: { payments: [payment] }, at: today("10:06") },
      "ask pay due:100 payment_due paid_time_over session_found",
    ],
    [
      "the same payment told twice",
      { facts: { payments: [payment], sessions: [sampleSession({ payments: [payment] })] } },
      "admit settled:200 within_paid_time session_found",
    ],
    [
      "another's payment",
      { facts: { payments: [{ ...payment, sessionId: "other" }] } },
      "ask pay due:200 payment_due session_found",
    ],
    ["automatic payment", { facts: { autoPay } }, "admit account:200 automatic_payment session_found"],
    [
      "automatic payment above its limit",
      { facts: { autoPay: { ...autoPay, maxAmountMinor: 199 } } },
      "ask pay due:200 payment_due session_found",
    ],
    [
      "Verifies: SAFE-27 automatic payment only by the exact plate",
      {
        facts: {
          autoPay,
          reads: [sampleRead("BA8123")],
          credential: { kind: "ticket", code: "T1" },
          sessions: [sampleSession({ ticket: "T1" })],
        },
      },
      "ask pay due:200 payment_due session_found",
    ],
    [
      "validation at the exit",
      { facts: { validations: [on({ kind: "free_time", validationId: "v", minutes: 60, taken: "from_start" })] } },
      "ask pay due:100 payment_due session_found",
    ],
    [
      "validation of all",
      { facts: { validations: [on({ kind: "percent", validationId: "v", percentPermille: 1000 })] } },
      "admit settled:0 nothing_due session_found",
    ],
    ["debts are collected", { facts: { debts } }, "ask pay due:900 payment_due debt_of_earlier_visit session_found"],
    [
      "debts are only shown",
      { facts: { debts }, policy: { collect_debts: false } },
      "ask pay due:200 payment_due debt_of_earlier_visit session_found",
    ],
    // Without network
    ["cloud down, small fee", { facts: { link: "cloud_down" } }, "admit debt:200 offline_debt session_found"],
    ["payments down", { facts: { link: "gateway_down" } }, "admit debt:200 offline_debt session_found"],
    [
      "network down, paid before",
      { facts: { link: "network_down", payments: [payment] } },
      "admit settled:200 within_paid_time session_found",
    ],
    [
      "network down, fee above the limit",
      { facts: { link: "network_down" }, policy: { offline_payment: { max_debt_minor: 199, max_open_debts: 2 } } },
      "ask operator - offline_limit session_found",
    ],
    [
      "network down, too many debts",
      {
        facts: { link: "network_down", debts },
        policy: { offline_payment: { max_debt_minor: 2000, max_open_debts: 1 } },
      },
      "ask operator - offline_limit debt_of_earlier_visit session_found",
    ],
    [
      "network down, an old debt is not owed twice",
      { facts: { link: "network_down", debts } },
      "admit debt:200 offline_debt debt_of_earlier_visit session_found",
    ],
    [
      "network down, only an old debt is due",
      { facts: { link: "network_down", debts, payments: [payment] } },
      "admit settled:200 offline_debt debt_of_earlier_visit session_found",
    ],
    [
      "network down, automatic payment",
      { facts: { link: "network_down", autoPay } },
      "admit account:200 automatic_payment session_found",
    ],
    ["degraded link", { facts: { link: "degraded" } }, "ask pay due:200 payment_due session_found"],
    [
      "payments known too late: benefit of the doubt",
      { facts: stale, policy: credits("ignore") },
      "admit debt:200 offline_debt session_found",
    ],
    [
      "payments known too late: ask",
      { facts: stale, policy: credits("ask_operator") },
      "ask operator - replica_stale session_found",
    ],
    // Rights
    [
      "permit's stay",
      { facts: { sessions: [sampleSession({ kind: "permit", permitId: "permit-1", tariff: null })] } },
      "admit - permit_valid session_found",
    ],
    [
      "prepaid reservation, in its window",
      { facts: { sessions: [booked], reservations: [sampleReservation({ starts_at: today("08:00") })] } },
      "admit settled:0 nothing_due session_found",
    ],
    [
      "prepaid reservation, in the grace after it",
      { facts: { sessions: [booked], ...window }, at: today("09:15") },
      "admit settled:0 nothing_due session_found",
    ],
    [
      "prepaid reservation, an hour over",
      { facts: { sessions: [booked], ...window } },
      "ask pay due:100 payment_due session_found",
    ],
    [
      "reservation paid at the exit",
      { facts: { sessions: [booked], reservations: [sampleReservation({ prepaid: false })] } },
      "ask pay due:200 payment_due session_found",
    ],
    [
      "reservation not known here",
      { facts: { sessions: [booked] } },
      "admit debt:later tariff_missing fail_open session_found",
    ],
    // Who is it
    [
      "by ticket",
      {
        facts: {
          ...nobody,
          credential: { kind: "ticket", code: "T1" },
          sessions: [sampleSession({ plate: null, ticket: "T1" })],
        },
      },
      "ask pay due:200 payment_due session_found",
    ],
    [
      "ticket and a misread of its plate",
      {
        facts: {
          reads: [sampleRead("BA8123")],
          credential: { kind: "ticket", code: "T1" },
          sessions: [sampleSession({ ticket: "T1" })],
        },
      },
      "ask pay due:200 payment_due session_found",
    ],
    [
      "ticket of quite another car",
      {
        facts: {
          reads: [sampleRead("MXY99")],
          credential: { kind: "ticket", code: "T1" },
          sessions: [sampleSession({ ticket: "T1" })],
        },
      },
      "ask operator - several_sessions",
    ],
    [
      "a ticket without a plate, shown by a vehicle that owes for a stay of its own",
      {
        facts: {
          credential: { kind: "ticket", code: "T1" },
          sessions: [session, sampleSession({ sessionId: "fresh", plate: null, ticket: "T1", enteredAt: NOW })],
        },
      },
      "ask operator - several_sessions",
    ],
    [
      "two open stays of one plate: the later",
      { facts: { sessions: [session, sampleSession({ sessionId: "later", enteredAt: fromIso(today("09:30")) })] } },
      "ask pay due:100 payment_due session_found several_sessions",
    ],
    [
      "Verifies: SAFE-27 a look-alike's stay is not charged",
      { facts: { reads: [sampleRead("BA8123")], autoPay } },
      "ask operator - plate_resembles",
    ],
    [
      "Verifies: SAFE-27 nor when strangers may leave",
      {
        facts: { reads: [sampleRead("BA8123")], autoPay },
        policy: { exit_without_session: "open", resembling_plate: "treat_as_stranger" },
      },
      "ask operator - plate_resembles",
    ],
    ["nothing read, by plate", { facts: nobody }, "ask operator - no_plate"],
    ["nothing read, tickets", { facts: nobody, policy: { transients: "both" } }, "ask ticket - no_plate"],
    [
      "badly read",
      { facts: { reads: [sampleRead("BAB123", { confidence: 0.1 })] } },
      "ask retry_read - read_low_confidence",
    ],
    ["read again after an exit that was not seen", { facts: { sessions: [unseenExit] } }, "admit - resumed"],
    [
      "read again long after an exit that was not seen",
      {
        facts: { sessions: [unseenExit] },
        at: toIso(later(NOW, UNSEEN_EXIT_LIFE_MS)),
        policy: { exit_without_session: "ask_operator" },
      },
      "ask operator - exit_without_session",
    ],
    // Exit without entry
    ["no stay: lost-ticket fee", { facts: noStay }, "ask pay due:3000 payment_due lost_ticket exit_without_session"],
    [
      "no stay: operator",
      { facts: noStay, policy: { exit_without_session: "ask_operator" } },
      "ask operator - exit_without_session",
    ],
    ["no stay: open", { facts: noStay, policy: { exit_without_session: "open" } }, "admit - exit_without_session"],
    [
      "no stay, but a permit",
      { facts: { ...noStay, permits: [samplePermit()] } },
      "admit - permit_valid exit_without_session",
    ],
    [
      "no stay, tariff not known",
      { facts: { ...noStay, tariffs: [] } },
      "admit debt:later tariff_missing fail_open lost_ticket exit_without_session",
    ],
    [
      "lost ticket, found by plate",
      { facts: { lostTicket: true } },
      "ask pay due:200 payment_due session_found lost_ticket",
    ],
    ["lost ticket, no plate", { facts: { ...nobody, lostTicket: true } }, "ask pay due:3000 payment_due lost_ticket"],
    [
      "lost ticket, paid here",
      { facts: { ...nobody, lostTicket: true, payments: [{ ...payment, sessionId: null, amountMinor: 3000 }] } },
      "admit settled:3000 within_paid_time lost_ticket",
    ],
    // Failures
    [
      "Verifies: SAFE-18 tariff not known",
      { facts: { tariffs: [] } },
      "admit debt:later tariff_missing fail_open session_found",
    ],
    [
      "tariff not known, operator wanted",
      { facts: { tariffs: [] }, policy: { fail_policy: { entry: "closed", exit: "ask_operator" } } },
      "ask operator - tariff_missing session_found",
    ],
    ["clock unknown", { facts: { clock: "unknown" } }, "admit debt:later clock_not_trusted fail_open session_found"],
    [
      "entered in 1970",
      { facts: { sessions: [sampleSession({ enteredAt: wallMs(60_000) })] } },
      "admit debt:later stay_clamped fail_open session_found",
    ],
    [
      "entered in the future",
      { facts: { sessions: [sampleSession({ enteredAt: fromIso(today("11:00")) })] } },
      "admit settled:0 nothing_due entry_in_future session_found",
    ],
    [
      "the stay's own tariff version is kept",
      { facts: { tariffs: [{ ...tariffNow, version: 4 }] } },
      "admit debt:later tariff_missing fail_open session_found",
    ],
    // Lane
    ["locked", { facts: { lane: { ...lane, mode: "locked" } } }, "ask operator - lane_locked"],
    ["no vehicle", { facts: { lane: { ...lane, vehiclePresent: false } } }, "refuse - no_vehicle"],
    ["wrong direction", { facts: { lane: { ...lane, direction: "entry" } } }, "refuse - lane_wrong_direction"],
    [
      "held open: leaves owing",
      { facts: { lane: { ...lane, mode: "held_open" } } },
      "admit debt:200 lane_held_open payment_due session_found",
    ],
    [
      "held open: paid",
      { facts: { lane: { ...lane, mode: "emergency_open" }, payments: [payment] } },
      "admit settled:200 within_paid_time session_found lane_held_open",
    ],
    [
      "held open: not known",
      { facts: { ...noStay, lane: { ...lane, mode: "held_open" } } },
      "admit - lane_held_open payment_due lost_ticket exit_without_session",
    ],
  ])("%s", (_name, given, expected) => {
    expect(summary(decide(given))).toBe(expected);
  });

  test("ends the stay that was found, or records one without entry", () => {
    expect(decide({ facts: { payments: [payment] } }).session).toEqual({ kind: "close", sessionId });
    expect(decide({ facts: noStay, policy: { exit_without_session: "open" } }).session).toEqual({
      kind: "close_without_entry",
      plate: "BAB123",
      ticket: null,
      tariff: { id: tariffNow.tariff_id, version: 3 },
    });
    expect(decide({ facts: { sessions: [unseenExit] } }).session).toEqual({ kind: "resume", sessionId });
    expect(decide({}).session).toEqual({ kind: "none" });
  });

  test("shows the driver what to do", () => {
    expect(decide({}).displayKey).toBe("exit.pay");
    expect(decide({ facts: { payments: [payment] } }).displayKey).toBe("exit.goodbye");
    expect(decide({ facts: { link: "cloud_down" } }).displayKey).toBe("exit.pay_later");
  });
});

describe("decideFailed", () => {
  const facts = { replicaVersion: 12, link: "online", clock: "synced" } as const;
  test("Verifies: SAFE-18 an exit opens with a debt, even when not even the policy can be read", () => {
    for (const policy of [null, samplePolicy()]) {
      expect(decideFailed({ ...facts, direction: "exit" }, policy)).toMatchObject({
        outcome: "admit",
        reasons: [{ code: "fail_open" }],
        charge: { kind: "debt", quote: null },
      });
    }
  });

  test("an entry stays closed and says why, unless the policy opens it", () => {
    expect(decideFailed({ ...facts, direction: "entry" }, null)).toMatchObject({
      outcome: "refuse",
      reasons: [{ code: "fail_closed" }],
    });
    const open = samplePolicy({ fail_policy: { entry: "open", exit: "open" } });
    expect(decideFailed({ ...facts, direction: "entry" }, open).outcome).toBe("admit");
  });
});
