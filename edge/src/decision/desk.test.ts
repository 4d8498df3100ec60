import type { EdgeEventBody } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { type EdgeEvent, edgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import type { LinkState } from "@gatehouse/shared/contracts/primitives.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TempStore, tempStore } from "../store/testing/temp-store.ts";
import type { DecisionDesk, DecisionRequest, LaneDecision } from "./decision-desk.ts";
import { createDecisionDesk } from "./desk.ts";
import {
  ENTRY_LANE,
  EXIT_LANE,
  LOT_ID,
  loadReplica,
  lotItem,
  permitItem,
  replicaItem,
  samplePermit,
  samplePolicy,
  tariffItem,
} from "./testing/lot-sample.ts";

let temp: TempStore;
let desk: DecisionDesk;
let link: LinkState;

function newDesk(): DecisionDesk {
  const { store, newId, clock } = temp;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  return createDecisionDesk({
    store,
    site: { lot_id: LOT_ID },
    newId,
    clock,
    clockQuality: () => temp.quality,
    linkState: () => link,
    log,
  });
}

async function restart(): Promise<void> {
  await temp.reopen();
  desk = newDesk();
}

beforeEach(async () => {
  link = "online";
  temp = tempStore();
  desk = newDesk();
});
afterEach(() => temp.remove());

function plate(value: string, direction: "entry" | "exit"): DecisionRequest {
  const laneId = direction === "entry" ? ENTRY_LANE : EXIT_LANE;
  return { laneId, direction, credential: { kind: "plate", value }, read: null, override: null };
}

async function drive(value: string, direction: "entry" | "exit"): Promise<LaneDecision> {
  const decision = await desk.decide(plate(value, direction));
  if (decision.outcome === "admit") await finish(decision, "passed");
  return decision;
}

function finish(
  { movementId }: LaneDecision,
  outcome: "passed" | "backed_out" | "tailgated" | "not_seen",
): Promise<void> {
  return desk.finish({ movementId, outcome, endedAt: temp.clock.wall() });
}

function pay(decision: LaneDecision, amountMinor: number, reference = "T-1"): Promise<LaneDecision> {
  const { movementId, sessionId } = decision;
  if (sessionId === null) throw new Error("nothing to pay for");
  const amount = { amountMinor, currency: "EUR" };
  return desk.paid({ movementId, sessionId, laneId: EXIT_LANE, amount, method: "credit_card", reference });
}

function events(): EdgeEvent[] {
  const batch = temp.store.outbox.readBatch(1, { maxEvents: 10_000, maxBytes: 10_000_000 });
  return (batch?.lines ?? []).map((line) => edgeEvent.parse(JSON.parse(line)));
}

function ofType<Type extends EdgeEventBody["type"]>(type: Type): Extract<EdgeEventBody, { type: Type }>[] {
  return events().flatMap(({ body }) => (body.type === type ? [body as Extract<EdgeEventBody, { type: Type }>] : []));
}

function sessions(openOnly = false) {
  return temp.store.queries.sessions({ openOnly, plate: null, limit: 100 });
}

function inside(): number {
  return temp.store.records.occupancy.counts().inside;
}

describe("a visitor's stay", () => {
  beforeEach(() => loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]));

  it("opens with the entry, is paid at the exit, and closes when the vehicle has passed. Verifies: SYNC-01", async () => {
    const entry = await drive("B AB 123", "entry");
    expect(entry).toMatchObject({ outcome: "admit", plate: "BAB123", reasons: ["transient_by_plate"], due: null });
    expect(inside()).toBe(1);
    temp.clock.advance(2 * HOUR_MS);
    const asked = await desk.decide(plate("BAB123", "exit"));
    expect(asked).toMatchObject({
      outcome: "ask",
      ask: "pay",
      sessionId: entry.sessionId,
      due: { amountMinor: 400, currency: "EUR" },
    });
    const paid = await pay(asked, 400);
    expect(paid).toMatchObject({ outcome: "admit", movementId: asked.movementId, sessionId: entry.sessionId });
    expect(sessions()).toMatchObject([{ status: "paid", paidMinor: 400 }]);
    await finish(paid, "passed");
    expect(sessions()).toMatchObject([{ status: "closed", feeMinor: 400, paidMinor: 400, closeReason: "exit" }]);
    expect(inside()).toBe(0);
    expect(events().map(({ body }) => body.type)).toEqual([
      "decision.made",
      "session.opened",
      "movement.recorded",
      "decision.made",
      "payment.taken",
      "decision.made",
      "movement.recorded",
      "session.closed",
    ]);
    expect(ofType("session.closed")).toMatchObject([
      { fee_minor: 400, paid_minor: 400, debt_minor: 0, reason: "exit" },
    ]);
  });

  it("is voided when the vehicle backs out of the entry", async () => {
    const entry = await desk.decide(plate("BAB123", "entry"));
    expect(inside()).toBe(1);
    await finish(entry, "backed_out");
    expect(inside()).toBe(0);
    expect(sessions()).toMatchObject([{ status: "voided" }]);
    expect(ofType("session.voided")).toMatchObject([{ session_id: entry.sessionId, reason: "backed_out" }]);
  });

  it("stays paid when the vehicle backs out of the exit, and leaves within its time for nothing", async () => {
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const paid = await pay(await desk.decide(plate("BAB123", "exit")), 200);
    await finish(paid, "backed_out");
    expect(sessions()).toMatchObject([{ status: "paid" }]);
    temp.clock.advance(5 * MINUTE_MS);
    const again = await drive("BAB123", "exit");
    expect(again).toMatchObject({ outcome: "admit", due: null });
    expect(again.reasons).toContain("within_paid_time");
    expect(sessions()).toMatchObject([{ status: "closed", feeMinor: 200, paidMinor: 200 }]);
  });

  it("counts a payment once that the terminal tells of twice", async () => {
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const asked = await desk.decide(plate("BAB123", "exit"));
    await pay(asked, 200);
    await pay(asked, 200);
    expect(ofType("payment.taken")).toHaveLength(1);
    expect(sessions()).toMatchObject([{ paidMinor: 200 }]);
  });

  it("asks for the rest when too little was paid", async () => {
    await drive("BAB123", "entry");
    temp.clock.advance(2 * HOUR_MS);
    const asked = await desk.decide(plate("BAB123", "exit"));
    const rest = await pay(asked, 150, "T-1");
    expect(rest).toMatchObject({ outcome: "ask", ask: "pay" });
    const all = await pay(rest, rest.due?.amountMinor ?? 0, "T-2");
    expect(all.outcome).toBe("admit");
  });

  it("refuses a payment in another currency in words", async () => {
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const { movementId, sessionId } = await desk.decide(plate("BAB123", "exit"));
    const payment = {
      movementId,
      sessionId: sessionId ?? "",
      laneId: EXIT_LANE,
      method: "cash",
      reference: "1",
    } as const;
    await expect(desk.paid({ ...payment, amount: { amountMinor: 200, currency: "CHF" } })).rejects.toMatchObject({
      code: "wrong_currency",
    });
    expect(ofType("payment.taken")).toHaveLength(0);
  });

  it("takes no payment at an entry, and says so", async () => {
    const entry = await drive("BAB123", "entry");
    await expect(pay(entry, 400)).rejects.toMatchObject({ code: "nothing_to_pay" });
    expect(ofType("payment.taken")).toHaveLength(0);
  });

  it("is found although the vehicle was not seen to leave at each of forty visits before", async () => {
    for (let visit = 0; visit < 40; visit++) {
      await drive("BAB123", "entry");
      temp.clock.advance(MINUTE_MS);
      await finish(await desk.decide(plate("BAB123", "exit")), "not_seen");
      temp.clock.advance(MINUTE_MS);
    }
    const entry = await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    expect(await desk.decide(plate("BAB123", "exit"))).toMatchObject({ ask: "pay", sessionId: entry.sessionId });
  });

  it("takes an online payment from the replica into account", async () => {
    const entry = await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const credit = {
      credit_id: temp.newId(),
      session_id: entry.sessionId ?? "",
      amount_minor: 200,
      currency: "EUR",
      paid_at: new Date(temp.clock.wall()).toISOString(),
      paid_until: new Date(temp.clock.wall() + 10 * MINUTE_MS).toISOString(),
    };
    const items = [lotItem(samplePolicy()), tariffItem(), replicaItem("credits", credit.credit_id, credit)];
    await loadReplica(temp.store, items, { version: 2 });
    const exit = await drive("BAB123", "exit");
    expect(exit.outcome).toBe("admit");
    expect(ofType("session.closed")).toMatchObject([{ fee_minor: 200, paid_minor: 200, debt_minor: 0 }]);
  });

  it("leaves with a debt while payments can't be made, and the debt is collected next time", async () => {
    link = "network_down";
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const exit = await drive("BAB123", "exit");
    expect(exit).toMatchObject({ outcome: "admit", displayKey: "exit.pay_later" });
    expect(ofType("session.closed")).toMatchObject([{ fee_minor: 200, paid_minor: 0, debt_minor: 200 }]);
    link = "online";
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const next = await desk.decide(plate("BAB123", "exit"));
    expect(next.due?.amountMinor).toBe(400);
    await finish(await pay(next, 400), "passed");
    expect(ofType("session.closed")[1]).toMatchObject({ fee_minor: 200, paid_minor: 400, debt_minor: 0 });
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    expect((await desk.decide(plate("BAB123", "exit"))).due?.amountMinor).toBe(200);
  });

  it("is superseded by a second entry of the same vehicle, and counts once", async () => {
    const first = await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    const second = await drive("BAB123", "entry");
    expect(second.outcome).toBe("admit");
    expect(inside()).toBe(1);
    expect(ofType("session.closed")).toMatchObject([{ session_id: first.sessionId, reason: "superseded" }]);
    expect(sessions(true).map((one) => one.id)).toEqual([second.sessionId]);
  });

  it("is not found by a plate that only resembles it. Verifies: SAFE-27", async () => {
    await drive("B0B123", "entry");
    temp.clock.advance(HOUR_MS);
    const exit = await desk.decide(plate("BOB123", "exit"));
    expect(exit).toMatchObject({ outcome: "ask", ask: "operator", reasons: ["plate_resembles"], sessionId: null });
  });
});

describe("a permit", () => {
  it("lets its vehicle in up to its limit, and resembling plates not. Verifies: SAFE-27", async () => {
    const permit = samplePermit("P1", "MXY100", { plates: ["MXY100", "MXY200"] });
    await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem(), permitItem(permit)]);
    expect(await drive("MXY100", "entry")).toMatchObject({ outcome: "admit", reasons: ["permit_valid"] });
    expect(await drive("MXY200", "entry")).toMatchObject({ outcome: "refuse" });
    expect(await drive("MXYI00", "entry")).toMatchObject({ outcome: "ask", reasons: ["plate_resembles"] });
    expect(await drive("MXY100", "exit")).toMatchObject({ outcome: "admit" });
    expect(await drive("MXY200", "entry")).toMatchObject({ outcome: "admit" });
    expect(ofType("session.closed")).toMatchObject([{ fee_minor: 0, debt_minor: 0 }]);
  });

  it("counts its pool's vehicles", async () => {
    const pool = replicaItem("pools", "tenant", { pool_id: "tenant", label: "Tenant", max_concurrent: 1 });
    const permits = ["AAA1", "AAA2"].map((one) => permitItem(samplePermit(one, one, { pool_id: "tenant" })));
    await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem(), pool, ...permits]);
    expect(await drive("AAA1", "entry")).toMatchObject({ outcome: "admit" });
    expect(await drive("AAA2", "entry")).toMatchObject({ outcome: "refuse", reasons: ["pool_full"] });
  });
});

describe("after a restart", () => {
  beforeEach(() => loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]));

  it("a vehicle that was in the entry goes on with its session", async () => {
    const before = await desk.decide(plate("BAB123", "entry"));
    await restart();
    const again = await desk.decide(plate("BAB123", "entry"));
    expect(again).toMatchObject({ outcome: "admit", reasons: ["resumed"], sessionId: before.sessionId });
    await finish(again, "passed");
    expect(ofType("session.opened")).toHaveLength(1);
    expect(ofType("session.resumed")).toMatchObject([{ session_id: before.sessionId, direction: "entry" }]);
    expect(ofType("movement.recorded").map(({ outcome }) => outcome)).toEqual(["not_seen", "passed"]);
    expect(inside()).toBe(1);
  });

  it("a vehicle that was in the exit has left unconfirmed, and opens no second stay when it still stands there", async () => {
    await drive("BAB123", "entry");
    temp.clock.advance(HOUR_MS);
    await pay(await desk.decide(plate("BAB123", "exit")), 200);
    await restart();
    const again = await desk.decide(plate("BAB123", "exit"));
    expect(ofType("session.closed")).toMatchObject([{ reason: "exit_unconfirmed", fee_minor: 200, paid_minor: 200 }]);
    expect(again).toMatchObject({ outcome: "admit", reasons: ["resumed"] });
    await finish(again, "backed_out");
    expect(await desk.decide(plate("BAB123", "exit"))).toMatchObject({ outcome: "admit", reasons: ["resumed"] });
    expect(inside()).toBe(0);
  });

  it("counts what it counted before", async () => {
    await drive("BAB123", "entry");
    await drive("BAB124", "entry");
    await desk.undecidedPassage({
      laneId: ENTRY_LANE,
      direction: "entry",
      outcome: "tailgated",
      beganAt: temp.clock.wall(),
      endedAt: temp.clock.wall(),
    });
    expect(inside()).toBe(3);
    await restart();
    expect(inside()).toBe(3);
  });

  it("decides as before while the cloud is away", async () => {
    link = "network_down";
    await restart();
    expect(await drive("BAB123", "entry")).toMatchObject({ outcome: "admit", reasons: ["transient_by_plate"] });
  });
});

describe("occupancy", () => {
  it("never falls below zero", async () => {
    await loadReplica(temp.store, [lotItem(samplePolicy({ exit_without_session: "open" })), tariffItem()]);
    const passage = { laneId: EXIT_LANE, direction: "exit", outcome: "tailgated" } as const;
    await desk.undecidedPassage({ ...passage, beganAt: temp.clock.wall(), endedAt: temp.clock.wall() });
    await drive("BAB123", "exit");
    expect(inside()).toBe(0);
    await drive("BAB124", "entry");
    expect(inside()).toBe(1);
  });
});

describe("an edge that never reached its cloud", () => {
  it("keeps entries closed, opens exits, and says why. Verifies: SAFE-18", async () => {
    link = "cloud_down";
    expect(await desk.decide(plate("BAB123", "entry"))).toMatchObject({ outcome: "refuse", reasons: ["fail_closed"] });
    const exit = await desk.decide(plate("BAB123", "exit"));
    expect(exit).toMatchObject({ outcome: "admit", reasons: ["fail_open"], displayKey: "exit.pay_later" });
    await finish(exit, "passed");
    const journal = temp.store.queries.journal({ laneId: EXIT_LANE, sinceId: null, limit: 10 });
    expect(journal.map(({ kind }) => kind)).toContain("decision.no_policy");
  });
});

describe("an override", () => {
  beforeEach(() => loadReplica(temp.store, [lotItem(samplePolicy({ transients: "none" })), tariffItem()]));

  it("lets in whom the rules refuse, with the hand and the reason on record", async () => {
    const override = { actor: "uid:1000", reason: "delivery", commandId: null };
    const refused = await desk.decide(plate("BAB123", "entry"));
    expect(refused.outcome).toBe("refuse");
    const entry = await desk.decide({ ...plate("BAB123", "entry"), override });
    expect(entry.outcome).toBe("admit");
    expect(entry.reasons).toContain("operator_override");
    await finish(entry, "passed");
    expect(sessions(true)).toMatchObject([{ plate: "BAB123", kind: "transient" }]);
    expect(ofType("lane.overridden")).toMatchObject([{ actor: "uid:1000", reason: "delivery" }]);
  });

  it("books whom the fail policy had let go as of then: stay closed, fee owed, no hand on the lane. Verifies: SAFE-18", async () => {
    await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]);
    await drive("BAB777", "entry");
    temp.clock.advance(2 * HOUR_MS);
    const letGoAt = temp.clock.wall();
    temp.clock.advance(10 * HOUR_MS);
    const override = { actor: "fail policy", reason: "store_failed", commandId: null, letGoAt };
    const booked = await desk.decide({ ...plate("BAB777", "exit"), override });
    expect(booked).toMatchObject({ outcome: "admit", reasons: expect.arrayContaining(["fail_open"]) });
    await desk.finish({ movementId: booked.movementId, outcome: "passed", endedAt: letGoAt });
    expect(ofType("session.closed")).toMatchObject([
      { reason: "fail_open", fee_minor: 400, debt_minor: 400, exited_at: letGoAt },
    ]);
    expect(ofType("lane.overridden")).toEqual([]);
    expect(ofType("movement.recorded").at(-1)).toMatchObject({ began_at: letGoAt, ended_at: letGoAt });
  });

  it("lets out a vehicle that nothing is known of", async () => {
    const override = { actor: "uid:1000", reason: "no plate", commandId: null };
    const request = {
      ...plate("BAB999", "exit"),
      credential: { kind: "operator", value: "uid:1000" } as const,
      override,
    };
    const exit = await desk.decide(request);
    expect(exit.outcome).toBe("admit");
    await finish(exit, "passed");
    expect(ofType("movement.recorded")).toMatchObject([{ outcome: "passed", direction: "exit" }]);
  });
});

describe("a clock in 1970", () => {
  it("goes on from the latest trusted time, says so in each event, and decides. Verifies: SYNC-13", async () => {
    await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]);
    await drive("BAB123", "entry");
    temp.clock.advance(2_000);
    const known = temp.clock.wall();
    await temp.store.close();
    temp.clock.stepWall(-known);
    temp.quality = "unknown";
    await restart();
    temp.clock.advance(5_000);
    const exit = await drive("BAB123", "exit");
    expect(exit).toMatchObject({ outcome: "admit" });
    expect(exit.reasons).toContain("clock_not_trusted");
    const last = events().at(-1);
    expect(last?.quality).toBe("unknown");
    expect(last?.at).toBeGreaterThan(known - MINUTE_MS - 2_000);
  });
});

it("rejects the end of a movement that nobody decided", async () => {
  const end = { movementId: temp.newId(), outcome: "passed", endedAt: temp.clock.wall() } as const;
  await expect(desk.finish(end)).rejects.toMatchObject({ code: "unknown_movement" });
});
