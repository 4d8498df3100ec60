import type { ReplicaItem } from "@gatehouse/shared/contracts/mqtt/replica.ts";
import type { Tariff } from "@gatehouse/shared/contracts/replica/tariff.ts";
import { HOUR_MS, MINUTE_MS } from "@gatehouse/shared/kit/durations.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeskLot } from "./testing/desk-lot.ts";
import { replicaItem, sampleTariff, TARIFF_ID, tariffItem } from "./testing/lot-sample.ts";

const ACCOUNT_ID = "00000000-0000-7000-8000-0000000000c2";
const CAR = { plate: "BAB123" } as const;

let lot: DeskLot;
beforeEach(() => {
  lot = new DeskLot();
});
afterEach(() => lot.temp.remove());

const fees = () =>
  lot.ofType("session.closed").map(({ reason, fee_minor, paid_minor, debt_minor }) => {
    return [reason, fee_minor, paid_minor, debt_minor];
  });

async function stay(hours: number): Promise<string> {
  const { sessionId } = await lot.drive("entry", CAR);
  lot.advance(hours * HOUR_MS);
  return sessionId ?? "";
}

/** What was paid in the app for a stay, with ten minutes to leave. */
function credit(sessionId: string, currency = "EUR"): ReplicaItem {
  const now = lot.temp.clock.wall();
  const creditId = "00000000-0000-7000-8000-0000000000d1";
  return replicaItem("credits", creditId, {
    credit_id: creditId,
    session_id: sessionId,
    amount_minor: 200,
    currency,
    paid_at: new Date(now).toISOString(),
    paid_until: new Date(now + 10 * MINUTE_MS).toISOString(),
  });
}

describe("a vehicle whose agent was killed between opening and passage", () => {
  it("is collected from its account once", async () => {
    const account = {
      account_id: ACCOUNT_ID,
      plates: [CAR.plate],
      max_amount_minor: 300,
      currency: "EUR",
      valid_until: null,
    };
    await lot.load({}, [replicaItem("accounts", ACCOUNT_ID, account)]);
    await stay(1);
    await lot.leave(CAR);
    await lot.restart();
    expect(await lot.drive("exit", CAR)).toMatchObject({ outcome: "admit", reasons: ["resumed"] });
    expect(lot.ofType("payment.automatic")).toHaveLength(1);
    expect(fees()).toEqual([["exit_unconfirmed", 200, 0, 200]]);
  });

  it("owes once what it could not pay", async () => {
    await lot.load();
    await stay(1);
    lot.link = "gateway_down";
    await lot.leave(CAR);
    await lot.restart();
    lot.link = "online";
    expect(await lot.drive("exit", CAR)).toMatchObject({ outcome: "admit", reasons: ["resumed"] });
    expect(fees()).toEqual([["exit_unconfirmed", 200, 0, 200]]);
    await stay(1);
    expect((await lot.leave(CAR)).due?.amountMinor).toBe(400);
  });

  it("keeps the stay of its ticket at the entry, and takes no second place", async () => {
    await lot.load({ transients: "by_ticket" });
    const code = lot.ticket();
    const { sessionId } = await lot.enter({ code });
    await lot.restart();
    expect(await lot.drive("entry", { code })).toMatchObject({ reasons: ["resumed"], sessionId });
    expect(lot.counts().inside).toBe(1);
  });
});

describe("a driver who is paying", () => {
  it("owes nothing for the hour that begins while the card is in the terminal", async () => {
    await lot.load();
    await lot.drive("entry", CAR);
    lot.advance(59 * MINUTE_MS);
    const asked = await lot.leave(CAR);
    lot.advance(2 * MINUTE_MS);
    const paid = await lot.pay(asked);
    expect(paid).toMatchObject({ outcome: "admit", due: null });
    expect(lot.ofType("payment.taken")).toMatchObject([
      { amount_minor: 200, paid_until: lot.temp.clock.wall() + 10 * MINUTE_MS },
    ]);
    await lot.end(paid);
    expect(fees()).toEqual([["exit", 200, 200, 0]]);
  });

  it("has paid what was asked also where that is told after a restart", async () => {
    await lot.load();
    await lot.drive("entry", CAR);
    lot.advance(59 * MINUTE_MS);
    const asked = await lot.leave(CAR);
    await lot.restart();
    lot.advance(2 * MINUTE_MS);
    await lot.pay(asked);
    expect(await lot.drive("exit", CAR)).toMatchObject({ outcome: "admit", due: null });
    expect(fees()).toEqual([["exit", 200, 200, 0]]);
  });

  it("pays the rest where the lane had asked for more meanwhile", async () => {
    await lot.load();
    await lot.drive("entry", CAR);
    lot.advance(59 * MINUTE_MS);
    const first = await lot.leave(CAR);
    lot.advance(2 * MINUTE_MS);
    const second = await lot.leave({ ...CAR, again: first });
    expect(second.due?.amountMinor).toBe(400);
    expect(await lot.pay(second, 200)).toMatchObject({ ask: "pay", due: { amountMinor: 200 } });
  });

  it("and has paid in the app too, leaves, and is known to have paid too much", async () => {
    await lot.load();
    const sessionId = await stay(1);
    const asked = await lot.leave(CAR);
    await lot.load({}, [credit(sessionId)]);
    const paid = await lot.pay(asked);
    expect(paid).toMatchObject({ outcome: "admit", reasons: ["within_paid_time", "overpaid", "session_found"] });
    await lot.end(paid);
    expect(fees()).toEqual([["exit", 200, 400, 0]]);
  });
});

describe("a payment in the app", () => {
  it("that was given back is owed again", async () => {
    await lot.load();
    const sessionId = await stay(1);
    await lot.load({}, [credit(sessionId)]);
    expect((await lot.leave(CAR)).outcome).toBe("admit");
    await lot.load();
    expect(await lot.leave(CAR)).toMatchObject({ ask: "pay", due: { amountMinor: 200 } });
  });

  it("in another currency pays nothing here", async () => {
    await lot.load();
    const sessionId = await stay(1);
    await lot.load({}, [credit(sessionId, "HUF")]);
    expect(await lot.leave(CAR)).toMatchObject({ ask: "pay", due: { amountMinor: 200 } });
  });
});

describe("a stay", () => {
  it("is priced by the tariff it began with, a later one by its own", async () => {
    const [band] = sampleTariff.bands;
    if (band?.rate.kind !== "steps") throw new Error("The sample tariff has steps.");
    const steps = [{ unit_minutes: 60, price_minor: 900, count: null }];
    const dearer: Tariff = { ...sampleTariff, version: 2, bands: [{ ...band, rate: { ...band.rate, steps } }] };
    await lot.load();
    await stay(1);
    const tariffs = [
      { tariff_id: TARIFF_ID, version: 1, in_force_from: "2026-01-01T00:00:00Z" },
      { tariff_id: TARIFF_ID, version: 2, in_force_from: "2026-03-02T08:30:00Z" },
    ];
    await lot.load({ tariffs }, [tariffItem(dearer)]);
    expect((await lot.leave(CAR)).due?.amountMinor).toBe(200);
    await lot.drive("entry", { plate: "BAB124" });
    lot.advance(HOUR_MS);
    expect((await lot.leave({ plate: "BAB124" })).due?.amountMinor).toBe(900);
  });

  it("goes out free over a clock that was set back, and unpriced over one that nobody trusts", async () => {
    await lot.load();
    await stay(1);
    lot.temp.clock.stepWall(-2 * HOUR_MS);
    expect(await lot.leave(CAR)).toMatchObject({
      outcome: "admit",
      reasons: ["nothing_due", "entry_in_future", "session_found"],
    });
    lot.temp.quality = "unknown";
    expect(await lot.drive("exit", CAR)).toMatchObject({
      outcome: "admit",
      reasons: ["clock_not_trusted", "fail_open", "session_found"],
    });
    expect(fees()).toEqual([["fail_open", 0, 0, 0]]);
  });

  it("of a plate that comes in twice counts once: of two vehicles with that plate, the second to leave is helped by hand", async () => {
    await lot.load();
    await stay(1);
    await stay(1);
    expect(lot.counts().inside).toBe(1);
    await lot.end(await lot.pay(await lot.leave(CAR)));
    expect(await lot.leave(CAR)).toMatchObject({ outcome: "ask", ask: "operator", reasons: ["exit_without_session"] });
  });
});
