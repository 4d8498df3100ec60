import type { EdgeEvent } from "@gatehouse/shared/contracts/mqtt/events.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DecisionRequest } from "../decision/decision-desk.ts";
import { createDecisionDesk } from "../decision/desk.ts";
import { ENTRY_LANE, LOT_ID, loadReplica, lotItem, samplePolicy, tariffItem } from "../decision/testing/lot-sample.ts";
import { type TempStore, tempStore } from "./testing/temp-store.ts";

const SMALL = 600_000;

let temp: TempStore;
beforeEach(() => {
  temp = tempStore({ maxBytes: SMALL });
});
afterEach(() => temp.remove());

function entry(at: number): DecisionRequest {
  const credential = { kind: "plate", value: `B${at}` } as const;
  return { laneId: ENTRY_LANE, direction: "entry", credential, read: null, override: null };
}

function newDesk() {
  const { store, newId, clock } = temp;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const site = { lot_id: LOT_ID };
  return createDecisionDesk({
    store,
    site,
    newId,
    clock,
    log,
    clockQuality: () => "synced",
    linkState: () => "online",
  });
}

function opened(): string[] {
  const batch = temp.store.outbox.readBatch(1, { maxEvents: 1e6, maxBytes: 1e9 });
  const bodies = (batch?.lines ?? []).map((line) => (JSON.parse(line) as EdgeEvent).body);
  return bodies.flatMap((body) => (body.type === "session.opened" ? [body.session_id] : []));
}

describe("a full disk", () => {
  it("rejects decisions with store_failed, loses none that was given, and heals by itself. Verifies: SYNC-01, SYNC-02", async () => {
    await loadReplica(temp.store, [lotItem(samplePolicy()), tariffItem()]);
    const desk = newDesk();
    const admitted: string[] = [];
    let failure: unknown = null;
    for (let at = 0; at < 5_000 && failure === null; at++) {
      const answers = await Promise.allSettled([desk.decide(entry(3 * at)), desk.decide(entry(3 * at + 1))]);
      for (const answer of answers) {
        if (answer.status === "fulfilled") admitted.push(answer.value.sessionId ?? "none");
        else failure = answer.reason;
      }
    }
    expect(failure).toMatchObject({ code: "store_failed", message: expect.stringContaining("free some space") });
    expect(temp.store.health()).toMatchObject({ ok: false });
    expect(temp.logged.filter(({ level }) => level === "error").length).toBe(1);
    expect(opened()).toEqual(admitted);
    expect(temp.store.records.occupancy.counts().inside).toBe(admitted.length);

    await temp.reopen();
    expect(opened()).toEqual(admitted);
    await temp.reopen({ maxBytes: 10 * SMALL });
    const healed = await newDesk().decide(entry(99_999));
    expect(healed.outcome).toBe("admit");
    expect(temp.store.health()).toEqual({ ok: true, message: null });
    expect(opened()).toEqual([...admitted, healed.sessionId]);
  });
});
