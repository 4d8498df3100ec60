import { describe, expect, it } from "vitest";
import { sampleLane, sampleLot, sampleMovement, sampleSnapshot } from "../../e2e/testing/sample-lots.ts";
import { MAX_MOVEMENTS } from "./merge-movements.ts";
import { type Arrival, afterArrivals, initialState } from "./state.ts";

const after = (...arrivals: Arrival[]) => afterArrivals(initialState, arrivals);

describe("live state", () => {
  it("is ready with a snapshot, not before", () => {
    expect(after({ kind: "heartbeat", at: 5 })).toMatchObject({ ready: false, cloudAt: 5 });
    expect(after(sampleSnapshot(3, 4))).toMatchObject({ ready: true, lots: { length: 3 }, movements: { length: 4 } });
  });

  it("replaces a lot or its lanes and leaves the others as they are", () => {
    const state = after(sampleSnapshot(3, 0));
    const lot = sampleLot(2, { open_sessions: 99 });
    const next = afterArrivals(state, [
      { kind: "lot", lot },
      { kind: "lanes", lot_id: sampleLot(0).lot_id, lanes: [sampleLane(0, 0, { barrier: "raising" })] },
    ]);
    const find = (id: string) => next.lots.find(({ lot_id }) => lot_id === id);
    expect(find(lot.lot_id)?.open_sessions).toBe(99);
    expect(find(sampleLot(0).lot_id)?.lanes.map(({ barrier }) => barrier)).toEqual(["raising"]);
    expect(find(sampleLot(1).lot_id)).toBe(state.lots.find(({ lot_id }) => lot_id === sampleLot(1).lot_id));
  });

  it("keeps one row a movement, with its outcome and the time it was first learnt of", () => {
    const first = sampleMovement(1, { outcome: null });
    const done = { ...first, outcome: "passed" as const, received_at: first.received_at + 9_000 };
    expect(after({ kind: "movement", movement: first }, { kind: "movement", movement: done }).movements).toEqual([
      { ...done, received_at: first.received_at },
    ]);
  });

  it("orders by event time, newest first, and drops the oldest above its limit", () => {
    const arrivals = Array.from({ length: MAX_MOVEMENTS + 50 }, (_, index): Arrival => {
      return { kind: "movement", movement: sampleMovement((index * 37) % (MAX_MOVEMENTS + 50)) };
    });
    const times = after(...arrivals).movements.map(({ at }) => at);
    expect(times).toHaveLength(MAX_MOVEMENTS);
    expect(times).toEqual(Array.from({ length: MAX_MOVEMENTS }, (_, index) => sampleMovement(index).at));
  });

  it("counts what it can't read", () => {
    expect(after({ kind: "unreadable" }, { kind: "unreadable" }).unreadable).toBe(2);
  });
});
