import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { LotPolicy } from "@gatehouse/shared/contracts/replica/lot.ts";
import type { Json } from "@gatehouse/shared/kit/canonical-json.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LaneDecision } from "./decision-desk.ts";
import { DeskLot } from "./testing/desk-lot.ts";
import { ENTRY_LANE, EXIT_LANE, permitItem, replicaItem, samplePermit, validationItem } from "./testing/lot-sample.ts";

const RESERVATION_ID = "00000000-0000-7000-8000-0000000000c1";
const ACCOUNT_ID = "00000000-0000-7000-8000-0000000000c2";
const INNER_LANE = "00000000-0000-7000-8000-0000000000a3";

let lot: DeskLot;
beforeEach(() => {
  lot = new DeskLot();
});
afterEach(() => lot.temp.remove());

/** Outcome, what is asked or due, and the reasons in their order. */
function say({ outcome, ask, due, reasons }: LaneDecision): string {
  const what = [outcome, ask ?? "", due === null ? "" : String(due.amountMinor)].filter((one) => one !== "");
  return `${what.join(" ")}: ${reasons.join(", ")}`;
}

function reservation(change: { readonly [key: string]: Json } = {}): ReplicaItem {
  return replicaItem("reservations", RESERVATION_ID, {
    reservation_id: RESERVATION_ID,
    plate: "RES100",
    code: null,
    starts_at: "2026-03-02T09:00:00Z",
    ends_at: "2026-03-02T12:00:00Z",
    spot_type: "standard",
    status: "confirmed",
    early_tolerance_minutes: 15,
    late_tolerance_minutes: 30,
    prepaid: true,
    ...change,
  });
}

function listed(action: "refuse" | "flag"): ReplicaItem {
  return replicaItem("blocklist", "b-1", { entry_id: "b-1", plate: "BAD100", action, reason: "unpaid", until: null });
}

function account(maxAmountMinor: number): ReplicaItem {
  return replicaItem("accounts", ACCOUNT_ID, {
    account_id: ACCOUNT_ID,
    plates: ["BAB123"],
    max_amount_minor: maxAmountMinor,
    currency: "EUR",
    valid_until: null,
  });
}

/** A garage with a part for permits that has two places, reached by a lane of its own. */
const nested: Partial<LotPolicy> = {
  areas: [
    { code: "garage", name: "Garage", capacity: 3, within: null, access: "everyone" },
    { code: "vip", name: "Reserved", capacity: 1, within: "garage", access: "permits" },
  ],
  lanes: [
    { lane_id: ENTRY_LANE, code: "entry-1", name: "Entry", direction: "entry", area: "garage", outer_area: null },
    { lane_id: EXIT_LANE, code: "exit-1", name: "Exit", direction: "exit", area: "garage", outer_area: null },
    { lane_id: INNER_LANE, code: "inner", name: "Inner", direction: "reversible", area: "vip", outer_area: "garage" },
  ],
};
const vipPermits = ["AAA1", "AAA2"].map((plate) => permitItem(samplePermit(plate, plate)));

interface Row {
  readonly policy?: Partial<LotPolicy>;
  readonly items?: readonly ReplicaItem[];
  readonly drive: () => Promise<readonly (LaneDecision | string)[]>;
  readonly says: readonly string[];
}

const twoPlates = samplePermit("P1", "MXY100", { plates: ["MXY100", "MXY200", "MXY300"], max_concurrent: 2 });

const rows: { readonly [name: string]: Row } = {
  "permit with several plates and two at once": {
    items: [permitItem(twoPlates)],
    drive: async () => [
      await lot.drive("entry", { plate: "MXY100" }),
      await lot.drive("entry", { plate: "MXY200" }),
      await lot.drive("entry", { plate: "MXY300" }),
      await lot.drive("exit", { plate: "MXY100" }),
      await lot.drive("entry", { plate: "MXY300" }),
    ],
    says: [
      "admit: permit_valid",
      "admit: permit_valid",
      "refuse: permit_full",
      "admit: permit_valid, session_found",
      "admit: permit_valid",
    ],
  },
  "pool full": {
    items: [
      replicaItem("pools", "tenant", { pool_id: "tenant", label: "Tenant", max_concurrent: 1 }),
      ...["AAA1", "AAA2"].map((one) => permitItem(samplePermit(one, one, { pool_id: "tenant" }))),
    ],
    drive: async () => [await lot.drive("entry", { plate: "AAA1" }), await lot.drive("entry", { plate: "AAA2" })],
    says: ["admit: permit_valid", "refuse: pool_full"],
  },
  "overflow: admit and flag": {
    items: [permitItem({ ...twoPlates, max_concurrent: 1, overflow: "admit_and_flag" })],
    drive: async () => [await lot.drive("entry", { plate: "MXY100" }), await lot.drive("entry", { plate: "MXY200" })],
    says: ["admit: permit_valid", "admit: permit_valid, permit_overflow_flagged, permit_full"],
  },
  "overflow: bill as visitor, who then pays": {
    items: [permitItem({ ...twoPlates, max_concurrent: 1, overflow: "bill_as_visitor" })],
    drive: async () => {
      await lot.drive("entry", { plate: "MXY100" });
      const billed = await lot.drive("entry", { plate: "MXY200" });
      lot.advance(HOUR_MS);
      return [billed, await lot.leave({ plate: "MXY200" })];
    },
    says: ["admit: transient_by_plate, permit_overflow_billed, permit_full", "ask pay 200: payment_due, session_found"],
  },
  "passback none": {
    items: [permitItem(twoPlates)],
    drive: async () => [await lot.drive("entry", { plate: "MXY100" }), await lot.drive("entry", { plate: "MXY100" })],
    says: ["admit: permit_valid", "admit: permit_valid, supersedes_session"],
  },
  "passback soft": {
    policy: { passback: "soft" },
    items: [permitItem(twoPlates)],
    drive: async () => [await lot.drive("entry", { plate: "MXY100" }), await lot.drive("entry", { plate: "MXY100" })],
    says: ["admit: permit_valid", "admit: permit_valid, passback_flagged, supersedes_session"],
  },
  "passback hard": {
    policy: { passback: "hard" },
    items: [permitItem(twoPlates)],
    drive: async () => [await lot.drive("entry", { plate: "MXY100" }), await lot.drive("entry", { plate: "MXY100" })],
    says: ["admit: permit_valid", "refuse: passback_refused"],
  },
  "reservation early, in time, and leaving": {
    policy: { transients: "none" },
    items: [reservation()],
    drive: async () => {
      const early = await lot.drive("entry", { plate: "RES100" });
      lot.advance(50 * MINUTE_MS);
      const inTime = await lot.drive("entry", { plate: "RES100" });
      lot.advance(HOUR_MS);
      return [early, inTime, await lot.leave({ plate: "RES100" })];
    },
    says: [
      "refuse: transients_not_accepted, reservation_too_early",
      "admit: reservation_valid",
      "admit: nothing_due, session_found",
    ],
  },
  "reservation late": {
    policy: { transients: "none" },
    items: [reservation()],
    drive: async () => {
      lot.advance(91 * MINUTE_MS);
      return [await lot.drive("entry", { plate: "RES100" })];
    },
    says: ["refuse: transients_not_accepted, reservation_too_late"],
  },
  "reservation: no-show comes all the same, as a visitor": {
    items: [reservation({ status: "no_show" })],
    drive: async () => [await lot.drive("entry", { plate: "RES100" })],
    says: ["admit: transient_by_plate, reservation_not_active"],
  },
  "blocklist: refused, flagged": {
    items: [listed("refuse")],
    drive: async () => {
      const refused = await lot.drive("entry", { plate: "BAD100" });
      await lot.load({}, [listed("flag")]);
      return [refused, await lot.drive("entry", { plate: "BAD100" })];
    },
    says: ["refuse: blocklisted", "admit: transient_by_plate, blocklist_flagged"],
  },
  "lot full: visitors stay out, permits come in": {
    policy: { capacity: { total: 1, by_spot_type: {} } },
    items: [permitItem(twoPlates)],
    drive: async () => {
      await lot.drive("entry", { plate: "BAB123" });
      const out = await lot.drive("entry", { plate: "BAB124" });
      return [out, await lot.drive("entry", { plate: "MXY100" })];
    },
    says: ["refuse: lot_full, transient_by_plate", "admit: permit_valid, lot_full"],
  },
  "area full": {
    policy: {
      ...nested,
      areas: [{ code: "garage", name: "Garage", capacity: 1, within: null, access: "everyone" }],
      lanes: (nested.lanes ?? []).slice(0, 2),
    },
    drive: async () => {
      const first = await lot.drive("entry", { plate: "BAB123" });
      const second = await lot.drive("entry", { plate: "BAB124" });
      await lot.drive("exit", { plate: "BAB123" });
      return [first, second, await lot.drive("entry", { plate: "BAB124" })];
    },
    says: ["admit: transient_by_plate", "refuse: area_full, transient_by_plate", "admit: transient_by_plate"],
  },
  "transient by plate only: no plate asks for a code": {
    policy: { transients: "by_plate" },
    drive: async () => [await lot.enter({ plate: "BAB123" }), await lot.enter({})],
    says: ["admit: transient_by_plate", "ask qr: no_plate"],
  },
  "transient by ticket only: the plate is on the ticket's stay": {
    policy: { transients: "by_ticket" },
    drive: async () => {
      const asked = await lot.enter({ plate: "BAB123" });
      const ticket = lot.ticket();
      const admitted = await lot.enter({ code: ticket, again: asked });
      await lot.end(admitted);
      expect(lot.sessions()).toMatchObject([{ plate: "BAB123", ticket: ticket.value }]);
      lot.advance(HOUR_MS);
      return [asked, admitted, await lot.leave({ code: ticket }), await lot.leave({ plate: "BAB123" })];
    },
    says: [
      "ask ticket: transient_by_ticket",
      "admit: transient_by_ticket",
      "ask pay 200: payment_due, session_found",
      "ask pay 200: payment_due, session_found",
    ],
  },
  "transient by plate or ticket": {
    policy: { transients: "both" },
    drive: async () => {
      const asked = await lot.enter({});
      return [
        await lot.enter({ plate: "BAB123" }),
        asked,
        await lot.drive("entry", { code: lot.ticket(), again: asked }),
      ];
    },
    says: ["admit: transient_by_plate", "ask ticket: no_plate", "admit: transient_by_ticket"],
  },
  "unplated vehicle by QR, of its own and of a reservation": {
    policy: { transients: "by_plate" },
    items: [reservation({ plate: null, code: "RES-QR-1", starts_at: "2026-03-02T08:00:00Z" })],
    drive: async () => {
      const asked = await lot.enter({});
      const own = await lot.drive("entry", { code: { kind: "qr", value: "APP-USER-77" }, again: asked });
      const booked = await lot.drive("entry", { code: { kind: "qr", value: "RES-QR-1" } });
      lot.advance(HOUR_MS);
      return [
        asked,
        own,
        booked,
        await lot.leave({ code: { kind: "qr", value: "APP-USER-77" } }),
        await lot.leave({ code: { kind: "qr", value: "RES-QR-1" } }),
      ];
    },
    says: [
      "ask qr: no_plate",
      "admit: transient_by_ticket",
      "admit: reservation_valid",
      "ask pay 200: payment_due, session_found",
      "admit: nothing_due, session_found",
    ],
  },
  "exit without entry: operator, open, fixed fee": {
    drive: async () => {
      const asked = await lot.leave({ plate: "BAB123" });
      await lot.load({ exit_without_session: "open" });
      const open = await lot.drive("exit", { plate: "BAB123" });
      await lot.load({ exit_without_session: "lost_ticket" });
      const fee = await lot.leave({ plate: "BAB124" });
      await lot.end(await lot.pay(fee));
      expect(lot.ofType("session.closed").map(({ reason, fee_minor }) => [reason, fee_minor])).toEqual([
        ["exit_without_entry", 0],
        ["exit_without_entry", 2_500],
      ]);
      return [asked, open, fee];
    },
    says: [
      "ask operator: exit_without_session",
      "admit: exit_without_session",
      "ask pay 2500: payment_due, lost_ticket, exit_without_session",
    ],
  },
  "ambiguous match asks and never guesses": {
    items: [permitItem(samplePermit("P1", "B0B123")), permitItem(samplePermit("P2", "BOB123"))],
    drive: async () => {
      const asked = await lot.enter({ plate: "8OB123" });
      await lot.drive("entry", { plate: "B0B123" });
      await lot.drive("entry", { plate: "BOB123" });
      return [asked, await lot.leave({ plate: "8OB123" })];
    },
    says: ["ask operator: plate_resembles", "ask operator: plate_resembles"],
  },
  "paid and in grace, paid and past grace": {
    drive: async () => {
      await lot.drive("entry", { plate: "BAB123" });
      lot.advance(HOUR_MS);
      const paid = await lot.pay(await lot.leave({ plate: "BAB123" }));
      await lot.end(paid, "backed_out");
      lot.advance(9 * MINUTE_MS);
      const inGrace = await lot.leave({ plate: "BAB123" });
      await lot.end(inGrace, "backed_out");
      lot.advance(2 * MINUTE_MS);
      return [paid, inGrace, await lot.leave({ plate: "BAB123" })];
    },
    says: [
      "admit: within_paid_time, session_found",
      "admit: within_paid_time, session_found",
      "ask pay 200: payment_due, paid_time_over, session_found",
    ],
  },
  "automatic payment, and above its limit": {
    items: [account(300)],
    drive: async () => {
      await lot.drive("entry", { plate: "BAB123" });
      lot.advance(HOUR_MS);
      const collected = await lot.drive("exit", { plate: "BAB123" });
      expect(lot.ofType("payment.automatic")).toMatchObject([{ account_id: ACCOUNT_ID, amount_minor: 200 }]);
      expect(lot.ofType("session.closed")).toMatchObject([{ fee_minor: 200, paid_minor: 0, debt_minor: 200 }]);
      await lot.drive("entry", { plate: "BAB123" });
      lot.advance(2 * HOUR_MS);
      return [collected, await lot.leave({ plate: "BAB123" })];
    },
    says: ["admit: automatic_payment, session_found", "ask pay 400: payment_due, session_found"],
  },
  "automatic payment: a look-alike's account is not charged. Verifies: SAFE-27": {
    policy: { resembling_plate: "treat_as_stranger" },
    items: [account(5_000)],
    drive: async () => {
      await lot.drive("entry", { plate: "8AB123" });
      lot.advance(HOUR_MS);
      return [await lot.leave({ plate: "8AB123" })];
    },
    says: ["ask pay 200: payment_due, session_found"],
  },
  "offline: leaves owing, up to the limit; the account stands for no more": {
    policy: { offline_payment: { max_debt_minor: 300, max_open_debts: 3 } },
    items: [account(5_000)],
    drive: async () => {
      for (const plate of ["BAB123", "BAB124"]) await lot.drive("entry", { plate });
      lot.link = "network_down";
      lot.advance(HOUR_MS);
      const collected = await lot.leave({ plate: "BAB123" });
      const owing = await lot.leave({ plate: "BAB124" });
      lot.advance(HOUR_MS);
      return [collected, owing, await lot.leave({ plate: "BAB123" }), await lot.leave({ plate: "BAB124" })];
    },
    says: [
      "admit: automatic_payment, session_found",
      "admit: offline_debt, session_found",
      "ask operator: offline_limit, session_found",
      "ask operator: offline_limit, session_found",
    ],
  },
  "lost ticket: by found plate, else the fixed fee": {
    policy: { transients: "by_ticket" },
    drive: async () => {
      const ticket = lot.ticket();
      await lot.drive("entry", { plate: "BAB123", code: ticket });
      lot.advance(HOUR_MS);
      const found = await lot.leave({ plate: "BAB123", lostTicket: true });
      const asked = await lot.leave({});
      const fixed = await lot.leave({ again: asked, lostTicket: true });
      const paid = await lot.pay(fixed);
      expect([asked, fixed, paid].map((one) => one.movementId)).toEqual(Array(3).fill(asked.movementId));
      return [found, asked, fixed, paid];
    },
    says: [
      "ask pay 200: payment_due, session_found, lost_ticket",
      "ask ticket: no_plate",
      "ask pay 2500: payment_due, lost_ticket",
      "admit: within_paid_time, lost_ticket",
    ],
  },
  "unpaid debts are collected at the next visit": {
    drive: async () => {
      lot.link = "gateway_down";
      await lot.drive("entry", { plate: "BAB123" });
      lot.advance(HOUR_MS);
      const owing = await lot.drive("exit", { plate: "BAB123" });
      lot.link = "online";
      const entry = await lot.drive("entry", { plate: "BAB123" });
      lot.advance(HOUR_MS);
      return [owing, entry, await lot.leave({ plate: "BAB123" })];
    },
    says: [
      "admit: offline_debt, session_found",
      "admit: transient_by_plate, debt_of_earlier_visit",
      "ask pay 400: payment_due, debt_of_earlier_visit, session_found",
    ],
  },
  "validation at the exit: takes off, once for one stay": {
    items: [validationItem()],
    drive: async () => {
      for (const plate of ["BAB123", "BAB124"]) await lot.drive("entry", { plate });
      lot.advance(HOUR_MS);
      const asked = await lot.leave({ plate: "BAB123" });
      const code = { kind: "qr", value: "CAFE-1" } as const;
      const reduced = await lot.leave({ code, again: asked });
      expect(reduced.movementId).toBe(asked.movementId);
      const twice = await lot.leave({ code, again: reduced });
      expect(lot.ofType("validation.used")).toMatchObject([{ validation_id: "v-1", session_id: reduced.sessionId }]);
      const other = await lot.leave({ plate: "BAB124" });
      return [asked, reduced, twice, await lot.leave({ code, again: other }), await lot.leave({ code })];
    },
    says: [
      "ask pay 200: payment_due, session_found",
      "ask pay 50: payment_due, session_found",
      "ask pay 50: payment_due, session_found",
      "ask pay 200: payment_due, validation_used, session_found",
      "ask ticket: validation_without_stay, no_plate",
    ],
  },
  "lot closed": {
    policy: { opening_hours: [{ days: ["sun"], from: "06:00", to: "22:00" }], when_closed: "refuse_transients" },
    items: [permitItem(twoPlates)],
    drive: async () => [await lot.drive("entry", { plate: "BAB123" }), await lot.drive("entry", { plate: "MXY100" })],
    says: ["refuse: lot_closed, transient_by_plate", "admit: permit_valid"],
  },
  "nested areas: one stay, one fee, counts on both levels": {
    policy: nested,
    items: vipPermits,
    drive: async () => {
      for (const plate of ["AAA1", "AAA2", "BAB123"]) await lot.drive("entry", { plate });
      expect(lot.counts()).toMatchObject({ inside: 3, insideByArea: { garage: 3 } });
      const inner = { laneId: INNER_LANE };
      const first = await lot.drive("entry", { plate: "AAA1", ...inner });
      expect(lot.counts()).toMatchObject({ inside: 3, insideByArea: { garage: 2, vip: 1 } });
      const garageFull = await lot.drive("entry", { plate: "BAB999" });
      const visitor = await lot.drive("entry", { plate: "BAB123", ...inner });
      const back = await lot.drive("exit", { plate: "AAA1", ...inner });
      expect(lot.counts()).toMatchObject({ inside: 3, insideByArea: { garage: 3, vip: 0 } });
      const second = await lot.drive("entry", { plate: "AAA2", ...inner });
      const out = await lot.drive("exit", { plate: "AAA2" });
      expect(lot.counts()).toMatchObject({ inside: 2, insideByArea: { garage: 2, vip: 0 } });
      expect(lot.sessions()).toHaveLength(3);
      expect(lot.ofType("session.opened")).toHaveLength(3);
      return [first, garageFull, visitor, back, second, out];
    },
    says: [
      "admit: area_passage, session_found",
      "refuse: area_full, transient_by_plate",
      "refuse: area_permits_only, session_found",
      "admit: area_passage, session_found",
      "admit: area_passage, session_found",
      "admit: permit_valid, session_found",
    ],
  },
  "nested areas: inner area full, stranger, look-alike": {
    policy: { ...nested, when_full: "refuse_everyone" },
    items: vipPermits,
    drive: async () => {
      for (const plate of ["AAA1", "AAA2"]) await lot.drive("entry", { plate });
      const inner = { laneId: INNER_LANE };
      await lot.drive("entry", { plate: "AAA1", ...inner });
      return [
        await lot.drive("entry", { plate: "AAA2", ...inner }),
        await lot.drive("entry", { plate: "ZZZ9", ...inner }),
        await lot.drive("entry", { plate: "AAAI", ...inner }),
        await lot.drive("exit", { plate: "ZZZ9", ...inner }),
      ];
    },
    says: [
      "refuse: area_full, session_found",
      "ask operator: area_without_stay",
      "ask operator: plate_resembles",
      "admit: area_passage, area_without_stay",
    ],
  },
  "reversible lane: the request says the direction": {
    drive: async () => {
      const laneId = ENTRY_LANE;
      const entry = await lot.drive("entry", { plate: "BAB123", laneId });
      lot.advance(MINUTE_MS);
      return [entry, await lot.drive("exit", { plate: "BAB123", laneId }), String(lot.counts().inside)];
    },
    says: ["admit: transient_by_plate", "admit: nothing_due, session_found", "0"],
  },
  "held-open lanes still count": {
    policy: nested,
    drive: async () => {
      const at = { beganAt: lot.temp.clock.wall(), endedAt: lot.temp.clock.wall(), outcome: "passed" } as const;
      await lot.desk.undecidedPassage({ laneId: ENTRY_LANE, direction: "entry", ...at });
      await lot.desk.undecidedPassage({ laneId: ENTRY_LANE, direction: "entry", ...at });
      await lot.desk.undecidedPassage({ laneId: INNER_LANE, direction: "entry", ...at });
      const counts = JSON.stringify(lot.counts().insideByArea);
      await lot.restart();
      expect(JSON.stringify(lot.counts().insideByArea)).toBe(counts);
      await lot.desk.undecidedPassage({ laneId: INNER_LANE, direction: "exit", ...at });
      await lot.desk.undecidedPassage({ laneId: EXIT_LANE, direction: "exit", ...at });
      return [counts, JSON.stringify(lot.counts())];
    },
    says: [
      '{"garage":1,"vip":1}',
      '{"inside":1,"insideBySpotType":{"standard":1},"insideByArea":{"garage":1,"vip":0}}',
    ],
  },
};

describe("each case of the decision, from the store's facts to the lane's answer", () => {
  it.each(Object.entries(rows))("%s", async (_name, { policy, items, drive, says }) => {
    await lot.load(policy, items);
    const said = await drive();
    expect(said.map((one) => (typeof one === "string" ? one : say(one)))).toEqual(says);
  });
});
