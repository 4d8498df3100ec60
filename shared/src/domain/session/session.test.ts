import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wallMs } from "../../kit/clock.ts";
import { isInside, stepSession } from "./session.ts";
import type { Session, SessionEffect, SessionEvent, SessionStart } from "./session-types.ts";

const start: SessionStart = {
  kind: "transient",
  plate: "BAB123",
  ticket: null,
  permitId: null,
  reservationId: null,
  spotType: "standard",
  area: null,
  vehicleClass: null,
  occupancyPermilleAtEntry: 100,
  tariff: { id: "00000000-0000-7000-8000-000000000001", version: 1 },
  enteredAt: wallMs(1_000),
};
const opened: SessionEvent = { type: "opened", sessionId: "s1", start, movementId: "m1" };
const closed: SessionEvent = { type: "closed", at: wallMs(9_000), reason: "exit", feeMinor: 300, debtMinor: 0 };
const voided: SessionEvent = { type: "voided", at: wallMs(2_000), reason: "backed_out" };
const paid = (paymentId: string, amountMinor: number, paidUntil = 8_000): SessionEvent => ({
  type: "paid",
  payment: { paymentId, amountMinor, paidAt: wallMs(5_000), paidUntil: wallMs(paidUntil) },
  coversDue: true,
});

interface Run {
  readonly session: Session | null;
  readonly effects: readonly SessionEffect[];
  readonly refusals: readonly string[];
}

function run(...events: SessionEvent[]): Run {
  const effects: SessionEffect[] = [];
  const refusals: string[] = [];
  let session: Session | null = null;
  for (const event of events) {
    const step = stepSession(session, event);
    if (!step.ok) {
      refusals.push(step.error);
      continue;
    }
    session = step.value.session;
    effects.push(...step.value.effects);
  }
  return { session, effects, refusals };
}

const counted = (effects: readonly SessionEffect[]): number =>
  effects.reduce((sum, effect) => sum + (effect.type === "count_inside" ? effect.delta : 0), 0);

describe("stepSession", () => {
  test("opens, is paid, closes, and is counted once each way", () => {
    const { session, effects, refusals } = run(opened, paid("p1", 300), closed);
    expect(session?.state).toEqual({ status: "closed", at: 9_000, reason: "exit", feeMinor: 300, debtMinor: 0 });
    expect(effects).toEqual([
      { type: "count_inside", delta: 1, spotType: "standard", area: null },
      { type: "count_inside", delta: -1, spotType: "standard", area: null },
    ]);
    expect(refusals).toEqual([]);
  });

  test("a payment that covers what is due makes it paid until its latest time", () => {
    expect(run(opened, paid("p1", 300, 8_000), paid("p2", 100, 7_000)).session?.state).toEqual({
      status: "paid",
      paidUntil: 8_000,
    });
    const part: SessionEvent = { ...paid("p3", 50), coversDue: false } as SessionEvent;
    expect(run(opened, part).session?.state).toEqual({ status: "open" });
  });

  test("the same payment counts once", () => {
    const { session, refusals } = run(opened, paid("p1", 300), paid("p1", 300));
    expect(session?.payments).toHaveLength(1);
    expect(refusals).toEqual(["payment_known"]);
  });

  test("a back-out voids it and pays back what was paid", () => {
    const { session, effects } = run(opened, paid("p1", 300), voided);
    expect(session?.state).toEqual({ status: "voided", at: 2_000, reason: "backed_out" });
    expect(effects).toContainEqual({ type: "pay_back", amountMinor: 300 });
    expect(counted(effects)).toBe(0);
  });

  test("a debt is recorded at the exit and settled by a later payment, the rest is paid back", () => {
    const { session, effects } = run(opened, { ...closed, debtMinor: 300 }, paid("p1", 500));
    expect(effects.slice(2)).toEqual([
      { type: "record_debt", amountMinor: 300 },
      { type: "settle_debt", amountMinor: 300 },
      { type: "pay_back", amountMinor: 200 },
    ]);
    expect(session?.state).toMatchObject({ status: "closed", debtMinor: 0 });
  });

  test("a stay whose exit was not seen is closed by the next entry with its own reason", () => {
    const { session } = run(opened, { ...closed, reason: "superseded", feeMinor: 0 });
    expect(session?.state).toMatchObject({ status: "closed", reason: "superseded" });
  });

  test("a movement's outcome is kept, also after the close", () => {
    const movement = { movementId: "m2", direction: "exit", outcome: "not_seen" } as const;
    expect(run(opened, closed, { type: "moved", movement }).session?.lastMovement).toEqual(movement);
  });

  test.each<[string, SessionEvent[], string]>([
    ["closing nothing", [closed], "no_session"],
    ["opening twice", [opened, opened], "already_open"],
    ["closing twice", [opened, closed, closed], "already_closed"],
    ["voiding after the close", [opened, closed, voided], "already_closed"],
    ["closing after the back-out", [opened, voided, closed], "already_voided"],
  ])("%s is refused", (_name, events, refusal) => {
    expect(run(...events).refusals).toEqual([refusal]);
  });

  test("whatever happens, the count follows the state and no money is lost", () => {
    const event = fc.oneof(
      fc.constant(opened),
      fc.constant(voided),
      fc.nat(500).map((debtMinor): SessionEvent => ({ ...closed, debtMinor }) as SessionEvent),
      fc.tuple(fc.constantFrom("p1", "p2", "p3"), fc.nat(500)).map(([id, amount]) => paid(id, amount)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const { session, effects } = run(...events);
        expect(counted(effects)).toBe(session !== null && isInside(session) ? 1 : 0);
        const sum = (type: SessionEffect["type"]): number =>
          effects.reduce((total, one) => total + (one.type === type && "amountMinor" in one ? one.amountMinor : 0), 0);
        const debtLeft = session?.state.status === "closed" ? session.state.debtMinor : 0;
        expect(sum("record_debt") - sum("settle_debt")).toBe(debtLeft);
        const paidMinor = (session?.payments ?? []).reduce((total, payment) => total + payment.amountMinor, 0);
        expect(sum("pay_back") + sum("settle_debt")).toBeLessThanOrEqual(paidMinor);
      }),
    );
  });
});
