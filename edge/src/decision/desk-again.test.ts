import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeskLot } from "./testing/desk-lot.ts";
import { permitItem, replicaItem, samplePermit, validationItem } from "./testing/lot-sample.ts";

let lot: DeskLot;
beforeEach(() => {
  lot = new DeskLot();
});
afterEach(() => lot.temp.remove());

const operator = { actor: "uid:1000", reason: "printer out of paper", commandId: null };

describe("a decision anew under the same movement", () => {
  it("keeps the movement's id and begin, and records its end once", async () => {
    await lot.load({ transients: "by_plate", min_confidence: 0.8 });
    const asked = await lot.enter({ plate: "BAB123", confidence: 0.3 });
    expect(asked).toMatchObject({ outcome: "ask", ask: "retry_read" });
    const beganAt = lot.temp.clock.wall();
    lot.advance(2_000);
    const admitted = await lot.enter({ plate: "BAB123", confidence: 0.95, again: asked });
    await lot.end(admitted);
    expect(lot.ofType("movement.recorded")).toMatchObject([
      { movement_id: asked.movementId, outcome: "passed", began_at: beganAt, session_id: admitted.sessionId },
    ]);
    expect(lot.ofType("decision.made").map((one) => [one.movement_id, one.outcome])).toEqual([
      [asked.movementId, "ask"],
      [asked.movementId, "admit"],
    ]);
    expect(lot.sessions()).toHaveLength(1);
  });

  it("admits a vehicle that was refused and is read again rightly", async () => {
    await lot.load({ transients: "none" }, [permitItem(samplePermit("P1", "MXY100"))]);
    const refused = await lot.enter({ plate: "MXY10" });
    expect(refused.outcome).toBe("refuse");
    expect(await lot.enter({ plate: "MXY100", again: refused })).toMatchObject({
      outcome: "admit",
      movementId: refused.movementId,
    });
  });

  it("puts plate and ticket on one stay, whichever comes first, also at the exit", async () => {
    await lot.load({ transients: "by_ticket" });
    const ticket = lot.ticket();
    const first = await lot.enter({ code: ticket });
    expect(first.outcome).toBe("admit");
    const withPlate = await lot.enter({ plate: "BAB123", again: first });
    expect(withPlate.movementId).toBe(first.movementId);
    await lot.end(withPlate);
    expect(lot.sessions(true)).toMatchObject([{ id: withPlate.sessionId, plate: "BAB123", ticket: ticket.value }]);
    lot.advance(HOUR_MS);
    const unread = await lot.leave({});
    const shown = await lot.leave({ code: ticket, again: unread });
    expect(shown).toMatchObject({ ask: "pay", sessionId: withPlate.sessionId, movementId: unread.movementId });
    await lot.end(await lot.pay(shown));
    expect(lot.sessions(true)).toEqual([]);
  });

  it("opens no second stay when the vehicle is admitted once more", async () => {
    await lot.load({ capacity: { total: 1, by_spot_type: {} }, passback: "hard" });
    const admitted = await lot.enter({ plate: "BAB123" });
    const again = await lot.enter({ plate: "BAB123", again: admitted });
    expect(again).toMatchObject({ outcome: "admit", sessionId: admitted.sessionId, reasons: ["transient_by_plate"] });
    await lot.end(again);
    expect(lot.ofType("session.opened")).toHaveLength(1);
    expect(lot.ofType("session.voided")).toEqual([]);
    expect(lot.counts().inside).toBe(1);
  });

  it("voids the stay that no longer is, when the vehicle turns out to be another", async () => {
    await lot.load({}, [permitItem(samplePermit("P1", "MXY100"))]);
    const admitted = await lot.enter({ plate: "BAB123" });
    const corrected = await lot.enter({ plate: "MXY100", again: admitted });
    expect(lot.ofType("session.voided")).toMatchObject([{ session_id: admitted.sessionId, reason: "replaced" }]);
    expect(corrected.sessionId).not.toBe(admitted.sessionId);
    await lot.end(corrected, "backed_out");
    expect(lot.sessions(true)).toEqual([]);
    expect(lot.counts().inside).toBe(0);
  });

  it("hangs the stay on the second ticket when the first was not taken, and the first is void", async () => {
    await lot.load({ transients: "by_ticket" });
    const [first, second] = [lot.ticket(), lot.ticket()];
    const withFirst = await lot.enter({ plate: "BAB123", code: first });
    const withSecond = await lot.enter({ code: second, again: withFirst });
    await lot.end(withSecond);
    expect(lot.sessions(true)).toMatchObject([{ plate: "BAB123", ticket: second.value }]);
    expect(lot.counts().inside).toBe(1);
    expect((await lot.leave({ code: first })).reasons).toContain("ticket_used");
  });

  it("lets an operator take over an asked vehicle: one movement, one stay with the plate", async () => {
    await lot.load({ transients: "by_ticket" });
    const asked = await lot.enter({ plate: "BAB123" });
    const taken = await lot.enter({ override: operator, again: asked });
    expect(taken).toMatchObject({ outcome: "admit", movementId: asked.movementId, plate: "BAB123" });
    await lot.end(taken);
    expect(lot.ofType("lane.overridden")).toHaveLength(1);
    expect(lot.sessions(true)).toMatchObject([{ plate: "BAB123", ticket: null }]);
  });

  it("begins a movement of its own after one that has ended, or that nobody knows", async () => {
    await lot.load();
    const gone = await lot.drive("entry", { plate: "BAB123" });
    const next = await lot.enter({ plate: "BAB124", again: gone });
    expect(next.movementId).not.toBe(gone.movementId);
    const unknown = await lot.enter({ plate: "BAB125", again: { ...gone, movementId: lot.temp.newId() } });
    expect(unknown.outcome).toBe("admit");
    expect(lot.counts().inside).toBe(3);
    const otherWay = await lot.leave({ plate: "BAB126", again: unknown });
    expect(otherWay.movementId).not.toBe(unknown.movementId);
  });

  it("remembers that the ticket is lost, until the ticket is shown", async () => {
    await lot.load({ transients: "by_ticket", exit_without_session: "ask_operator" });
    const ticket = lot.ticket();
    await lot.drive("entry", { code: ticket });
    lot.advance(HOUR_MS);
    const lost = await lot.leave({ lostTicket: true });
    const read = await lot.leave({ plate: "BAB123", again: lost });
    expect([lost.due?.amountMinor, read.due?.amountMinor]).toEqual([2_500, 2_500]);
    expect((await lot.leave({ code: ticket, again: read })).due?.amountMinor).toBe(200);
  });

  it("goes on with what was shown after a payment of a part", async () => {
    await lot.load({ transients: "by_ticket" });
    const ticket = lot.ticket();
    await lot.drive("entry", { code: ticket });
    lot.advance(2 * HOUR_MS);
    const part = await lot.pay(await lot.leave({ code: ticket }), 100);
    expect(part).toMatchObject({ ask: "pay", due: { amountMinor: 300 } });
    expect(await lot.pay(part, 300, "T-2")).toMatchObject({ outcome: "admit", movementId: part.movementId });
  });
});

describe("a plan that an earlier agent wrote", () => {
  it("still takes a payment that could not be booked before", async () => {
    await lot.load();
    await lot.drive("entry", { plate: "BAB123" });
    lot.advance(HOUR_MS);
    const asked = await lot.leave({ plate: "BAB123" });
    const { movements } = lot.temp.store.records;
    await lot.temp.store.transact(() => {
      const movement = movements.find(asked.movementId);
      if (movement === null) return;
      const { shown, ...plan } = JSON.parse(movement.plan);
      const request = {
        laneId: shown.laneId,
        direction: "exit",
        credential: shown.credential,
        read: shown.read,
        override: null,
      };
      movements.write({ ...movement, plan: JSON.stringify({ ...plan, request }) });
    });
    await lot.restart();
    const late = await lot.pay(asked);
    expect(late).toMatchObject({ outcome: "admit", movementId: asked.movementId });
  });
});

describe("an entry whose ticket could not be printed", () => {
  it("is voided with its count, and the code opens nothing from then on", async () => {
    await lot.load({ transients: "by_ticket" });
    const ticket = lot.ticket();
    const admitted = await lot.enter({ code: ticket });
    expect(lot.counts().inside).toBe(1);
    await lot.end(admitted, "backed_out");
    expect(lot.counts().inside).toBe(0);
    expect(lot.ofType("session.voided")).toMatchObject([{ session_id: admitted.sessionId, reason: "backed_out" }]);
    expect(await lot.enter({ code: ticket })).toMatchObject({ outcome: "ask", reasons: ["ticket_used", "no_plate"] });
    expect(await lot.leave({ code: ticket })).toMatchObject({ outcome: "ask", reasons: ["ticket_used", "no_plate"] });
  });
});

describe("a ticket", () => {
  const keyed = (key_id: string, secret: string, created_at: string) =>
    replicaItem("ticket_keys", key_id, { key_id, secret: secret.repeat(43).slice(0, 43), created_at });
  const older = keyed("k1", "A", "2026-01-01T00:00:00Z");
  const newer = keyed("k2", "Q", "2026-02-01T00:00:00Z");

  it("of an older key of the lot, or of the edge's own, holds after a new key has come", async () => {
    await lot.load({ transients: "by_ticket" });
    const own = lot.ticket();
    await lot.load({ transients: "by_ticket" }, [older]);
    const old = lot.ticket();
    await lot.load({ transients: "by_ticket" }, [newer, older]);
    for (const code of [own, old, lot.ticket()]) expect((await lot.enter({ code })).outcome).toBe("admit");
  });

  it("that was forged, mistyped, is another lot's, or was used, each has its reason, and opens nothing", async () => {
    await lot.load({ transients: "by_ticket" }, [older]);
    const forged = lot.ticket();
    await lot.load({ transients: "by_ticket" }, [newer]);
    const good = lot.ticket();
    const mistyped = { ...good, value: good.value.replace(/.$/, (last) => (last === "0" ? "1" : "0")) };
    const used = lot.ticket();
    await lot.drive("entry", { code: used });
    lot.advance(MINUTE_MS);
    await lot.drive("exit", { code: used });
    const cases = { ticket_forged: forged, ticket_mistyped: mistyped, ticket_used: used };
    for (const [reason, code] of Object.entries(cases)) {
      for (const shown of [await lot.enter({ code }), await lot.leave({ code })]) {
        expect(shown, reason).toMatchObject({ outcome: "ask", ask: "ticket", reasons: [reason, "no_plate"] });
      }
    }
    const garbage = { kind: "ticket", value: "4711" } as const;
    expect(await lot.leave({ code: garbage })).toMatchObject({ reasons: ["ticket_mistyped", "no_plate"] });
  });

  it("whose stay another edge knew is paid from the time of its printing", async () => {
    await lot.load({ transients: "by_ticket" });
    const ticket = lot.ticket();
    lot.advance(HOUR_MS + MINUTE_MS);
    const asked = await lot.leave({ code: ticket });
    expect(asked).toMatchObject({ ask: "pay", due: { amountMinor: 400 } });
    expect(asked.reasons).toEqual(["payment_due", "ticket_without_stay"]);
    await lot.end(await lot.pay(asked));
    expect(lot.sessions()).toMatchObject([{ ticket: ticket.value, status: "closed" }]);
    expect(lot.ofType("session.closed")).toMatchObject([
      { reason: "exit_without_entry", fee_minor: 400, paid_minor: 400 },
    ]);
    expect(await lot.leave({ code: ticket })).toMatchObject({ reasons: ["ticket_used", "no_plate"] });
  });

  it("scanned by a reader that calls it a QR code is the same ticket", async () => {
    await lot.load({ transients: "by_ticket" });
    const { value } = lot.ticket();
    await lot.drive("entry", { code: { kind: "ticket", value } });
    lot.advance(HOUR_MS);
    const typed = { kind: "qr", value: value.toLowerCase().replace(/(.{4})/g, "$1-") } as const;
    expect(await lot.leave({ code: typed })).toMatchObject({ ask: "pay", due: { amountMinor: 200 } });
  });

  it("of another vehicle's stay is not taken for this one's: an operator looks", async () => {
    await lot.load({ transients: "both" });
    const ticket = lot.ticket();
    await lot.drive("entry", { plate: "BAB123", code: ticket });
    expect(await lot.leave({ plate: "MXY999", code: ticket })).toMatchObject({
      outcome: "ask",
      ask: "operator",
      reasons: ["several_sessions"],
    });
  });

  it("that was given before tickets were signed still ends its stay", async () => {
    await lot.load({ transients: "by_ticket" });
    const entry = await lot.enter({ plate: "BAB123", override: operator });
    await lot.end(entry);
    const old = { kind: "ticket", value: "4711" } as const;
    await lot.temp.store.transact(() => {
      const { sessions } = lot.temp.store.records;
      const stay = sessions.find(entry.sessionId ?? "");
      if (stay !== null)
        sessions.write({ ...stay, sessionId: lot.temp.newId(), plate: null, ticket: old.value }, "EUR");
    });
    lot.advance(HOUR_MS);
    expect(await lot.leave({ code: old })).toMatchObject({ ask: "pay", due: { amountMinor: 200 } });
  });

  it("is never printed twice", async () => {
    await lot.load();
    const codes = Array.from({ length: 2_000 }, () => lot.ticket().value);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("a validation", () => {
  const grant = { kind: "free_time", minutes: 60, taken: "from_start" };

  it("that the cloud put on the stay counts without being shown", async () => {
    await lot.load();
    const entry = await lot.drive("entry", { plate: "BAB123" });
    await lot.load({}, [validationItem({ grant, code: null, session_id: entry.sessionId })]);
    lot.advance(2 * HOUR_MS);
    expect(await lot.leave({ plate: "BAB123" })).toMatchObject({ due: { amountMinor: 200 } });
  });

  it("stays on the stay over a restart and when the cloud has taken its code back", async () => {
    await lot.load({}, [validationItem({ grant })]);
    await lot.drive("entry", { plate: "BAB123" });
    lot.advance(HOUR_MS);
    const code = { kind: "qr", value: "CAFE-1" } as const;
    const free = await lot.leave({ plate: "BAB123", code });
    expect(free).toMatchObject({ outcome: "admit" });
    await lot.end(free, "backed_out");
    await lot.load();
    await lot.restart();
    expect(await lot.leave({ plate: "BAB123" })).toMatchObject({ outcome: "admit" });
    expect(lot.ofType("validation.used")).toHaveLength(1);
  });

  it("out of its time takes nothing off, and says so", async () => {
    await lot.load({}, [validationItem({ grant, valid_until: "2026-03-02T08:30:00Z" })]);
    await lot.drive("entry", { plate: "BAB123" });
    lot.advance(HOUR_MS);
    const late = await lot.leave({ plate: "BAB123", code: { kind: "qr", value: "CAFE-1" } });
    expect(late.reasons).toEqual(["payment_due", "validation_not_in_time", "session_found"]);
  });

  it("that is reusable holds for each stay once", async () => {
    await lot.load({}, [validationItem({ grant, uses: "reusable" })]);
    const code = { kind: "qr", value: "CAFE-1" } as const;
    for (const plate of ["BAB123", "BAB124"]) await lot.drive("entry", { plate });
    lot.advance(2 * HOUR_MS);
    for (const plate of ["BAB123", "BAB124"]) {
      const once = await lot.leave({ plate, code });
      expect(once.due?.amountMinor).toBe(200);
      expect((await lot.leave({ plate, code, again: once })).due?.amountMinor).toBe(200);
    }
    expect(lot.ofType("validation.used")).toHaveLength(2);
  });
});

describe("a vehicle that has paid and is not seen to leave", () => {
  const paidAtExit = async () => {
    await lot.load({ exit_without_session: "ask_operator" });
    await lot.drive("entry", { plate: "BAB123" });
    lot.advance(HOUR_MS);
    const asked = await lot.leave({ plate: "BAB123" });
    await lot.pay(asked);
    return asked;
  };

  it("goes out when it is read again, although its payment is told once more after a restart", async () => {
    const asked = await paidAtExit();
    await lot.restart();
    const decisions = lot.ofType("decision.made").length;
    expect(await lot.pay(asked)).toMatchObject({ outcome: "admit", movementId: asked.movementId });
    expect(lot.ofType("decision.made")).toHaveLength(decisions);
    expect(lot.ofType("session.resumed")).toEqual([]);
    expect(await lot.leave({ plate: "BAB123" })).toMatchObject({ outcome: "admit", reasons: ["resumed"] });
    expect(lot.ofType("payment.taken")).toHaveLength(1);
  });
});

describe("a driver who has paid for a lost ticket", () => {
  const LATER_MS = 20 * HOUR_MS;
  const lostTicket = (plate?: string) => ({ lostTicket: true, ...(plate === undefined ? {} : { plate }) });
  const payer = async (plate?: string) => {
    await lot.load({ transients: "by_ticket", exit_without_session: "ask_operator" });
    const asked = await lot.leave(lostTicket(plate));
    expect(asked).toMatchObject({ outcome: "ask", ask: "pay", due: { amountMinor: 2500 } });
    return lot.pay(asked);
  };

  it.each(["backed_out", "restart"] as const)("is not asked again: %s", async (how) => {
    const paid = await payer();
    if (how === "restart") await lot.restart();
    else await lot.end(paid, "backed_out");
    expect(lot.ofType("session.closed")).toEqual([]);
    const again = await lot.leave(lostTicket());
    expect(again).toMatchObject({ outcome: "admit", sessionId: paid.sessionId });
    await lot.end(again);
    expect(lot.ofType("session.closed")).toMatchObject([
      { session_id: paid.sessionId, reason: "exit_without_entry", fee_minor: 2500, paid_minor: 2500, debt_minor: 0 },
    ]);
    expect(await lot.leave(lostTicket())).toMatchObject({ outcome: "ask", ask: "pay" });
  });

  it("is known by its plate at another try, and lets no other plate out", async () => {
    const paid = await payer("BAB123");
    await lot.end(paid, "backed_out");
    expect(await lot.leave(lostTicket("BXY999"))).toMatchObject({ outcome: "ask", ask: "pay" });
    expect(await lot.leave(lostTicket("BAB123"))).toMatchObject({ outcome: "admit", sessionId: paid.sessionId });
  });

  it("pays anew once the time to leave is over, and the first stay doesn't stay open for ever", async () => {
    const paid = await payer();
    const before = lot.counts().inside;
    await lot.end(paid, "backed_out");
    lot.advance(LATER_MS);
    const again = await lot.leave(lostTicket());
    expect(again).toMatchObject({ outcome: "ask", ask: "pay" });
    await lot.end(again, "backed_out");
    expect(lot.ofType("session.closed")).toMatchObject([{ session_id: paid.sessionId, fee_minor: 2500 }]);
    expect(lot.counts().inside).toBe(before);
  });

  it("is closed and counted as gone when it stood there at a restart and never came again", async () => {
    const paid = await payer();
    await lot.restart();
    lot.advance(LATER_MS);
    await lot.end(await lot.leave({ plate: "BXY999" }), "backed_out");
    expect(lot.ofType("session.closed")).toMatchObject([{ session_id: paid.sessionId, reason: "exit_without_entry" }]);
  });
});
