import { describe, expect, it } from "vitest";
import type { TruthRecord, Visit } from "../world/truth.ts";
import type { CloudMovement, CloudPayment, CloudPicture, CloudSession } from "./cloud-picture.ts";
import { compareWithTruth, reportOf } from "./compare.ts";

const LOT = "lot-1";
const OPTIONS = { toleranceMs: 5_000, confirmMs: 4_000 };
const PAID = { amount_minor: 300, currency: "EUR", method: "cash", reference: "SIM-1", at: 1_008_000 };

function visit(change: Partial<Visit> = {}): Visit {
  return {
    kind: "visit",
    stay: "s-1",
    vehicle: "transient",
    plate: "B-AB 1234",
    ticket: null,
    spoilt_tickets: [],
    lot_id: LOT,
    lane_id: "in-1",
    direction: "entry",
    outcome: "passed",
    arrived_at: 100_000,
    ended_at: 110_000,
    paid: [],
    ...change,
  };
}

const IN = visit();
const OUT = visit({ direction: "exit", lane_id: "out-1", arrived_at: 1_000_000, ended_at: 1_010_000, paid: [PAID] });

function movement(change: Partial<CloudMovement> = {}): CloudMovement {
  return {
    lot_id: LOT,
    id: `m-${JSON.stringify(change)}`,
    lane_id: "in-1",
    direction: "entry",
    decision: "admit",
    reasons: ["transient_by_plate"],
    outcome: "passed",
    plate: "BAB1234",
    session_id: "ses-1",
    at: 101_000,
    ended_at: 110_020,
    ...change,
  };
}

const EXIT_SIDE = { lane_id: "out-1", direction: "exit", at: 1_001_000, ended_at: 1_010_010 };
const MOVEMENTS = [movement(), movement(EXIT_SIDE)];
const SESSION: CloudSession = {
  lot_id: LOT,
  id: "ses-1",
  plate: "BAB1234",
  ticket: null,
  status: "closed",
  close_reason: "exit",
  entry_at: 101_000,
  exit_at: 1_010_010,
  entry_lane_id: "in-1",
  exit_lane_id: "out-1",
};
const PAYMENT: CloudPayment = {
  lot_id: LOT,
  session_id: "ses-1",
  amount_minor: 300,
  currency: "EUR",
  reference: "SIM-1",
};
const CLOUD: CloudPicture = { movements: MOVEMENTS, sessions: [SESSION], payments: [PAYMENT] };

/** The agent's absence over the given moment. */
function away(from: number, to = from + 10_000): TruthRecord {
  return { kind: "agent_away", lot_id: LOT, from, to };
}

function differences(truth: readonly TruthRecord[], cloud: Partial<CloudPicture>): string[] {
  return compareWithTruth(truth, { ...CLOUD, ...cloud }, OPTIONS).differences.map(
    ({ kind, text }) => `${kind}: ${text}`,
  );
}

describe("the comparison with the truth", () => {
  it("finds nothing where all is equal, and counts what it compared", () => {
    expect(compareWithTruth([IN, OUT], CLOUD, OPTIONS)).toEqual({ matched: 4, tolerated: [], differences: [] });
  });

  it.each<[string, Partial<CloudPicture>, RegExp]>([
    ["a missing movement", { movements: [movement()] }, /^movement: Missing: visit s-1/],
    ["a movement told twice", { movements: [...MOVEMENTS, movement({ id: "again" })] }, /^movement: Told twice/],
    [
      "a movement of a vehicle that was not there",
      { movements: [...MOVEMENTS, movement({ plate: "X1" })] },
      /^movement: Nobody was there/,
    ],
    ["a passage in another lane", { movements: [movement({ lane_id: "in-2" }), movement(EXIT_SIDE)] }, /^movement: /],
    [
      "a passage in the other direction",
      { movements: [movement({ direction: "exit" }), movement(EXIT_SIDE)] },
      /^movement: /,
    ],
    ["a passage at another time", { movements: [movement({ at: 300_000 }), movement(EXIT_SIDE)] }, /^movement: /],
    [
      "an end at another time",
      { movements: [movement({ ended_at: 140_000 }), movement(EXIT_SIDE)] },
      /Ends 30000 ms away/,
    ],
    [
      "a movement that never ended",
      { movements: [...MOVEMENTS, movement({ outcome: null })] },
      /^movement: Never ended/,
    ],
    [
      "a back-out of one who passed",
      { movements: [movement({ outcome: "backed_out" }), movement(EXIT_SIDE)] },
      /^movement: /,
    ],
    [
      "not_seen with the agent there",
      { movements: [movement({ outcome: "not_seen" }), movement(EXIT_SIDE)] },
      /^movement: /,
    ],
    [
      "a tailgater who was none",
      { movements: [...MOVEMENTS, movement({ decision: null, plate: null, outcome: "tailgated" })] },
      /^movement: Not what happened/,
    ],
    ["a missing session", { sessions: [] }, /^session: Missing: stay s-1/],
    [
      "a second session",
      { sessions: [SESSION, { ...SESSION, id: "two", entry_at: 500_000 }] },
      /^session: No such stay/,
    ],
    ["a session of another plate", { sessions: [{ ...SESSION, plate: "BAB1235" }] }, /^session: /],
    ["a session still open", { sessions: [{ ...SESSION, status: "open" }] }, /status is open, not closed/],
    ["another close reason", { sessions: [{ ...SESSION, close_reason: "superseded" }] }, /closed as superseded/],
    ["another entry lane", { sessions: [{ ...SESSION, entry_lane_id: "in-2" }] }, /entry lane is in-2/],
    ["another exit lane", { sessions: [{ ...SESSION, exit_lane_id: null }] }, /exit lane is none/],
    ["another entry time", { sessions: [{ ...SESSION, entry_at: 90_000 }] }, /entry time is/],
    ["another exit time", { sessions: [{ ...SESSION, exit_at: 1_100_000 }] }, /exit time is/],
    ["a payment that is missing", { payments: [] }, /^payment: paid by s-1/],
    ["a payment of another amount", { payments: [{ ...PAYMENT, amount_minor: 299 }] }, /^payment: Nobody paid this/],
    ["a payment booked twice", { payments: [PAYMENT, PAYMENT] }, /^payment: Nobody paid this/],
  ])("finds %s", (_name, cloud, message) => {
    expect(differences([IN, OUT], cloud)).toContainEqual(expect.stringMatching(message));
  });

  it("finds an arm that came down on a vehicle", () => {
    const struck: TruthRecord = {
      kind: "closed_on_vehicle",
      stay: "s-1",
      plate: "B-AB 1234",
      lot_id: LOT,
      lane_id: "in-1",
      height: 0.5,
      at: 1,
    };
    expect(differences([IN, OUT, struck], {})).toEqual([
      expect.stringMatching(/^safety: The arm came down on B-AB 1234/),
    ]);
  });

  it("takes questions and refusals that the driver waited out, a misread plate among them", () => {
    const asked = { decision: "ask", outcome: "backed_out", session_id: null };
    const beside = [movement(asked), movement({ ...asked, plate: "8AB1234", at: 100_500 })];
    expect(differences([IN, OUT], { movements: [...MOVEMENTS, ...beside] })).toEqual([]);
  });

  it("excuses not_seen only where the agent was away, alone or before a resumed passage", () => {
    const notSeen = movement({ outcome: "not_seen" });
    const alone = { ...CLOUD, movements: [notSeen, movement(EXIT_SIDE)] };
    const before = { ...CLOUD, movements: [notSeen, ...MOVEMENTS] };
    for (const cloud of [alone, before]) {
      const excused = compareWithTruth([IN, OUT, away(111_000)], cloud, OPTIONS);
      expect(excused.differences).toEqual([]);
      expect(excused.tolerated).toHaveLength(1);
      expect(differences([IN, OUT, away(200_000)], cloud)).not.toEqual([]);
    }
  });

  it("wants a voided session for a driver who changed his mind, and no other movement than his back-out", () => {
    const changed = visit({ outcome: "changed_mind" });
    const backedOut = movement({ outcome: "backed_out" });
    const voided = { ...SESSION, status: "voided", close_reason: "backed_out", exit_at: null, exit_lane_id: null };
    expect(differences([changed], { movements: [backedOut], sessions: [voided], payments: [] })).toEqual([]);
    expect(differences([changed], { movements: [movement()], sessions: [voided], payments: [] })).toHaveLength(2);
    const open = { ...voided, status: "open" };
    expect(differences([changed], { movements: [backedOut], sessions: [open], payments: [] })).toHaveLength(1);
    expect(differences([changed, away(105_000)], { movements: [backedOut], sessions: [open], payments: [] })).toEqual(
      [],
    );
  });

  it("wants an open session for a vehicle that is still inside", () => {
    const open = { ...SESSION, status: "open", close_reason: null, exit_at: null, exit_lane_id: null };
    expect(differences([IN], { movements: [movement()], sessions: [open], payments: [] })).toEqual([]);
    expect(differences([IN], { movements: [movement()], sessions: [SESSION], payments: [] })).toHaveLength(1);
  });

  it("wants a refusal for a refused vehicle, nothing for one without a plate, and a session for neither", () => {
    const refused = visit({ outcome: "refused" });
    const unplated = visit({ stay: "s-2", plate: null, outcome: "gave_up", arrived_at: 200_000, ended_at: 290_000 });
    const refusal = movement({ decision: "refuse", outcome: "backed_out", session_id: null });
    const cloud = { movements: [refusal], sessions: [], payments: [] };
    expect(differences([refused, unplated], cloud)).toEqual([]);
    expect(differences([refused, unplated], { ...cloud, movements: [] })).toHaveLength(1);
    expect(differences([refused, unplated], { ...cloud, sessions: [SESSION] })).toHaveLength(1);
    expect(differences([refused, unplated], { ...cloud, movements: [movement()] })).toHaveLength(2);
  });

  it("takes an exit that opened without a price only where its decision says so", () => {
    const sessions = [{ ...SESSION, close_reason: "fail_open" }];
    const opened = movement({ ...EXIT_SIDE, reasons: ["clock_not_trusted", "fail_open"] });
    expect(differences([IN, OUT], { sessions, movements: [movement(), opened] })).toEqual([]);
    expect(differences([IN, OUT], { sessions })).toHaveLength(1);
  });

  it("takes an exit written when the store worked again, by its end", () => {
    const sessions = [{ ...SESSION, close_reason: "fail_open" }];
    const late = movement({ ...EXIT_SIDE, reasons: ["fail_open", "offline_debt"], at: 1_900_000 });
    expect(differences([IN, OUT], { sessions, movements: [movement(), late] })).toEqual([]);
    const never = { ...late, reasons: ["offline_debt"] };
    expect(differences([IN, OUT], { sessions, movements: [movement(), never] })).not.toEqual([]);
  });

  describe("a stay closed by its agent's return", () => {
    const later = (one: Visit, by: number): Visit => ({
      ...one,
      arrived_at: one.arrived_at + by,
      ended_at: one.ended_at + by,
    });
    const back = 1_060_000;
    const session = { ...SESSION, close_reason: "exit_unconfirmed", exit_at: back };
    const cloud = { movements: [movement(), movement({ ...EXIT_SIDE, outcome: "not_seen" })], sessions: [session] };

    it("is excused at the moment of that return alone, and where the agent was away", () => {
      expect(differences([IN, OUT, away(1_005_000, back)], cloud)).toEqual([]);
      for (const to of [back - 6_000, back + 6_000]) {
        expect(differences([IN, OUT, away(1_005_000, to)], cloud)).toEqual([expect.stringMatching(/exit time is/)]);
      }
      expect(
        differences([IN, OUT, away(1_005_000, back)], { ...cloud, sessions: [{ ...session, exit_lane_id: "out-2" }] }),
      ).toEqual([expect.stringMatching(/exit lane is/)]);
    });

    it("is excused for a vehicle that went back from the exit then and drove out later", () => {
      const turned: Visit = { ...OUT, outcome: "changed_mind", paid: [] };
      const left = later(OUT, 500_000);
      const opened = movement({ ...EXIT_SIDE, reasons: ["fail_open"], at: 1_501_000, ended_at: 1_510_000 });
      const notSeen = movement({ ...EXIT_SIDE, outcome: "not_seen" });
      const movements = [movement(), notSeen, opened];
      expect(differences([IN, turned, left, away(1_005_000, back)], { ...cloud, movements })).toEqual([]);
    });

    it("is excused for one vehicle of a lane and return, not for two", () => {
      const another = { stay: "s-2", plate: "B-AB 5678" };
      const visits = [
        IN,
        OUT,
        visit({ ...another, arrived_at: 200_000, ended_at: 210_000 }),
        { ...OUT, ...another, paid: [] },
      ];
      const second = { ...session, id: "ses-2", plate: "BAB5678", entry_at: 201_000 };
      const more = [
        movement({ plate: "BAB5678", at: 201_000, ended_at: 210_000 }),
        movement({ ...EXIT_SIDE, plate: "BAB5678", outcome: "not_seen" }),
      ];
      const both = { movements: [...cloud.movements, ...more], sessions: [session, second] };
      expect(differences([...visits, away(1_005_000, back)], both)).toEqual([expect.stringMatching(/exit time is/)]);
    });
  });

  it("keeps two visits of one plate apart by their times", () => {
    const again = 3_600_000;
    const later = (one: Visit): Visit => ({
      ...one,
      stay: "s-2",
      arrived_at: one.arrived_at + again,
      ended_at: one.ended_at + again,
      paid: [],
    });
    const moved = MOVEMENTS.map((one) => ({
      ...one,
      id: `${one.id}2`,
      at: one.at + again,
      ended_at: (one.ended_at ?? 0) + again,
    }));
    const second = {
      ...SESSION,
      id: "ses-2",
      entry_at: SESSION.entry_at + again,
      exit_at: (SESSION.exit_at ?? 0) + again,
    };
    const cloud = { movements: [...moved, ...MOVEMENTS], sessions: [second, SESSION] };
    expect(differences([IN, OUT, later(IN), later(OUT)], cloud)).toEqual([]);
    expect(differences([IN, OUT, later(IN), later(OUT)], { ...cloud, sessions: [SESSION] })).toHaveLength(1);
  });

  describe("of a vehicle with a ticket", () => {
    const held = { vehicle: "ticket", plate: null, ticket: "T-1" } as const;
    const inside = visit(held);
    const out = { ...OUT, ...held };
    const moved = [movement({ plate: null }), movement({ ...EXIT_SIDE, plate: null })];
    const stay = { ...SESSION, plate: null, ticket: "T-1" };
    const cloud = { movements: moved, sessions: [stay] };

    it("finds nothing where all is equal, and any other ticket, a missing movement, stay and payment", () => {
      expect(differences([inside, out], cloud)).toEqual([]);
      expect(differences([inside, out], { ...cloud, sessions: [{ ...stay, ticket: "T-2" }] }).sort()).toEqual([
        expect.stringMatching(/^movement: Missing/),
        expect.stringMatching(/^movement: Missing/),
        expect.stringMatching(/^movement: Nobody was there/),
        expect.stringMatching(/^movement: Nobody was there/),
        expect.stringMatching(/^session: Missing: stay s-1 T-1/),
        expect.stringMatching(/^session: No such stay: session ses-1 T-2/),
      ]);
      expect(differences([inside, out], { ...cloud, movements: moved.slice(1) })).toHaveLength(1);
      expect(differences([inside, out], { ...cloud, sessions: [{ ...stay, status: "open" }] })).toHaveLength(1);
      expect(differences([inside, out], { ...cloud, payments: [] })).toHaveLength(1);
    });

    it("keeps two of them apart that follow one another in a lane", () => {
      const next = (one: Visit): Visit => ({
        ...one,
        stay: "s-2",
        ticket: "T-2",
        arrived_at: one.arrived_at + 12_000,
        ended_at: one.ended_at + 12_000,
        paid: [],
      });
      const session = { ...stay, id: "ses-2", ticket: "T-2", entry_at: 113_000, exit_at: 1_022_010 };
      const early = movement({ plate: null, session_id: "ses-2", at: 109_000, ended_at: 122_000 });
      const late = movement({ ...EXIT_SIDE, plate: null, session_id: "ses-2", at: 1_013_000, ended_at: 1_022_010 });
      const both = { movements: [...moved, early, late], sessions: [stay, session] };
      expect(differences([inside, out, next(inside), next(out)], both)).toEqual([]);
    });

    it("wants of a lost one the stay that nobody ended, and an exit without an entry that was paid", () => {
      const lost = { ...out, ticket: null };
      const open = { ...stay, status: "open", close_reason: null, exit_at: null, exit_lane_id: null };
      const unseen = { close_reason: "exit_without_entry", entry_lane_id: null, entry_at: 1_010_010 };
      const exit = { ...stay, ...unseen, id: "ses-2", ticket: null };
      const left = movement({ ...EXIT_SIDE, plate: null, session_id: "ses-2" });
      const movements = [movement({ plate: null }), left];
      expect(differences([inside, lost], { movements, sessions: [open, exit] })).toEqual([]);
      expect(differences([inside, lost], { movements, sessions: [open] })).toHaveLength(1);
      expect(differences([inside, lost], { movements, sessions: [stay, exit] })).toHaveLength(1);
      expect(differences([inside, lost], { movements, sessions: [open, exit, { ...exit, id: "3" }] })).toHaveLength(1);
      expect(differences([inside, out], { movements, sessions: [open, exit] })).not.toEqual([]);
    });

    it("wants a ticket that was never driven in with voided, and takes it open only where the agent was away", () => {
      const spoilt = visit({ ...held, spoilt_tickets: ["T-0"] });
      const open = { ...stay, status: "open", close_reason: null, exit_at: null, exit_lane_id: null };
      const phantom = { ...open, id: "ses-0", ticket: "T-0" };
      const before = movement({ plate: null, session_id: "ses-0", outcome: "not_seen" });
      const all = { movements: [before, movement({ plate: null })], sessions: [phantom, open], payments: [] };
      expect(differences([spoilt], all)).toHaveLength(2);
      expect(differences([spoilt, away(105_000)], all)).toEqual([]);
      expect(differences([inside, away(105_000)], all)).not.toEqual([]);
    });
  });

  it("reports in lines that a person can follow, the first ones of each kind", () => {
    const many = Array.from({ length: 40 }, (_, index) => movement({ plate: `X${index}` }));
    const report = reportOf(compareWithTruth([IN, OUT], { ...CLOUD, movements: [...MOVEMENTS, ...many] }, OPTIONS));
    expect(report).toMatch(
      /^4 rows equal the truth, 0 deviations excused by an absent agent, 40 differences\n40 in movement:/,
    );
    expect(report).toMatch(/and 15 more$/);
  });
});
