import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Confirm } from "../contracts/mqtt/link.ts";
import { BATCHES_IN_FLIGHT } from "../contracts/mqtt/protocol.ts";
import { ZERO_HASH } from "./hash-chain.ts";
import { type BlockReason, SENDER_LIMITS, type SenderState, sendDue, stepSender } from "./sender.ts";
import { type LinkAction, LinkModel } from "./testing/link-model.ts";

const at = fc.nat({ max: 50 });
const way = fc.constantFrom("up" as const, "down" as const);
const faults: fc.Arbitrary<LinkAction>[] = [
  fc.record({ kind: fc.constant("write" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constantFrom("deliver" as const, "repeat" as const, "lose" as const), way, at }),
  fc.record({ kind: fc.constant("deliver" as const), way, at: fc.constant(0) }),
  fc.record({ kind: fc.constant("cloud_dies" as const), at, committed: fc.boolean() }),
  fc.constant({ kind: "edge_dies" as const }),
  fc.constant({ kind: "connect" as const }),
  fc.constant({ kind: "disconnect" as const }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 5_000, 10_000, 60_000) }),
];
const restoredCloud = fc.record({ kind: fc.constant("cloud_restored" as const), at });
const restoredEdge = fc.record({ kind: fc.constant("edge_restored" as const), at });

const actions = (...kinds: fc.Arbitrary<LinkAction>[]) => fc.array(fc.oneof(...kinds), { maxLength: 80, size: "max" });

describe("the whole path of events between a sender and a receiver", () => {
  it("Verifies: SYNC-03, SYNC-12, SYNC-17: at every moment the cloud's log is the beginning of the edge's", () => {
    fc.assert(
      fc.property(actions(...faults), (steps) => {
        const model = new LinkModel();
        for (const step of steps) {
          model.act(step);
          expect(model.edgeLog.slice(0, model.cloudLog.length)).toEqual(model.cloudLog);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("Verifies: SYNC-03, SYNC-04, SYNC-12, SYNC-18: once faults stop, the logs are equal, each event once and in order", () => {
    fc.assert(
      fc.property(actions(...faults), (steps) => {
        const model = new LinkModel();
        for (const step of steps) model.act(step);
        model.heal();
        expect(model.cloudLog).toEqual(model.edgeLog);
        expect(model.sender).toMatchObject({ kind: "streaming", confirmed: model.edgeLog.length, inFlight: [] });
      }),
      { numRuns: 300 },
    );
  });

  it("Verifies: SYNC-06: a cloud restored to an earlier point gets everything again", () => {
    fc.assert(
      fc.property(actions(...faults, restoredCloud), (steps) => {
        const model = new LinkModel();
        for (const step of steps) model.act(step);
        model.heal();
        expect(model.cloudLog).toEqual(model.edgeLog);
      }),
      { numRuns: 200 },
    );
  });

  it("Verifies: SYNC-04, SYNC-08: an edge that was rolled back stops; the cloud never mixes two histories", () => {
    fc.assert(
      fc.property(actions(...faults, restoredEdge), (steps) => {
        const model = new LinkModel();
        for (const step of steps) model.act(step);
        model.heal();
        const histories = [model.edgeLog, ...model.leftHistories];
        const whole = histories.some((log) => log.slice(0, model.cloudLog.length).join() === model.cloudLog.join());
        expect(whole).toBe(true);
        const caughtUp = model.cloudLog.join() === model.edgeLog.join();
        expect(model.sender.kind).toBe(caughtUp ? "streaming" : "blocked");
      }),
      { numRuns: 300 },
    );
  });
});

const confirmOf = (changes: Partial<Confirm>): Confirm => ({
  v: 1,
  device_id: "0190f3a1-0000-7000-8000-000000000001",
  epoch: 1,
  cursor: 0,
  hash: ZERO_HASH,
  status: "ok",
  message: null,
  cloud_at: 0,
  echo_mono: null,
  ...changes,
});

const streaming = (changes: Partial<Extract<SenderState, { kind: "streaming" }>> = {}): SenderState => ({
  kind: "streaming",
  lastN: 100,
  confirmed: 0,
  inFlight: [],
  heardAt: 0,
  wentBackTo: null,
  ...changes,
});

const flight = (first: number, last: number, sentAt = 0) => ({ first, last, sentAt });

describe("stepSender", () => {
  it("sends nothing before the receiver has said where it stands", () => {
    const step = stepSender({ kind: "offline", lastN: 5 }, { kind: "connected", now: 7 });
    expect(step.effects).toEqual([{ kind: "hello", echo: 7 }]);
    expect(stepSender(step.state, { kind: "written", lastN: 6 }).effects).toEqual([]);
  });

  it("starts after the cursor that the answer to its own hello names", () => {
    const state: SenderState = { kind: "greeting", lastN: 9, echo: 7, sentAt: 7, unanswered: 0 };
    const other = confirmOf({ cursor: 4, echo_mono: 6 });
    expect(stepSender(state, { kind: "confirmed", confirm: other, ownHash: null, now: 8 }).state).toBe(state);
    const own = confirmOf({ cursor: 4, echo_mono: 7 });
    const step = stepSender(state, { kind: "confirmed", confirm: own, ownHash: ZERO_HASH, now: 8 });
    expect(step.effects).toEqual([
      { kind: "mark_confirmed", n: 4, hash: ZERO_HASH },
      { kind: "send", first: 5 },
    ]);
  });

  it("Verifies: SYNC-14: keeps a fixed number of batches in flight and goes on when one is confirmed", () => {
    let step = stepSender(streaming(), { kind: "tick", now: 0 });
    for (let batch = 0; batch < BATCHES_IN_FLIGHT; batch++) {
      expect(step.effects).toEqual([{ kind: "send", first: batch * 10 + 1 }]);
      step = stepSender(step.state, { kind: "sent", first: batch * 10 + 1, last: batch * 10 + 10, now: 0 });
    }
    expect(step.effects).toEqual([]);
    step = stepSender(step.state, { kind: "confirmed", confirm: confirmOf({ cursor: 10 }), ownHash: null, now: 1 });
    expect(step.effects.at(-1)).toEqual({ kind: "send", first: 41 });
  });

  it("Verifies: SYNC-05: only a confirmation marks events as confirmed, and contiguous ones together", () => {
    const state = streaming({ inFlight: [flight(1, 10), flight(11, 20), flight(21, 30)], lastN: 30 });
    const step = stepSender(state, { kind: "confirmed", confirm: confirmOf({ cursor: 20 }), ownHash: null, now: 1 });
    expect(step.state).toMatchObject({ confirmed: 20, inFlight: [flight(21, 30)] });
    expect(step.effects).toEqual([{ kind: "mark_confirmed", n: 20, hash: ZERO_HASH }]);
  });

  it("Verifies: SYNC-04: one gap leads to one resend, though each batch behind it reports the gap", () => {
    const gap = confirmOf({ cursor: 10, status: "gap" });
    const state = streaming({ confirmed: 10, inFlight: [flight(21, 30), flight(31, 40)] });
    const first = stepSender(state, { kind: "confirmed", confirm: gap, ownHash: null, now: 1 });
    expect(first.effects).toContainEqual({ kind: "send", first: 11 });
    const resent = stepSender(first.state, { kind: "sent", first: 11, last: 20, now: 1 });
    const second = stepSender(resent.state, { kind: "confirmed", confirm: gap, ownHash: null, now: 2 });
    expect(second.state).toMatchObject({ inFlight: [flight(11, 20, 1)] });
  });

  it("tells a shell that sends later what is due then, not what was due when the gap was heard of", () => {
    const gap = confirmOf({ cursor: 10, status: "gap" });
    const state = streaming({ confirmed: 10, inFlight: [flight(11, 20), flight(21, 30)] });
    const back = stepSender(state, { kind: "confirmed", confirm: gap, ownHash: null, now: 1 });
    expect(back.effects).toContainEqual({ kind: "send", first: 11 });
    const ok = { kind: "confirmed", confirm: confirmOf({ cursor: 20 }), ownHash: null, now: 1 } as const;
    expect(sendDue(stepSender(back.state, ok).state)).toBe(21);
    expect(sendDue(streaming({ lastN: 30, confirmed: 30 }))).toBeNull();
  });

  it("asks where the receiver stands when a confirmation does not come in time", () => {
    const state = streaming({ inFlight: [flight(1, 10, 100)] });
    const soon = stepSender(state, { kind: "tick", now: 99 + SENDER_LIMITS.confirmTimeoutMs });
    expect(soon.state.kind).toBe("streaming");
    const late = stepSender(state, { kind: "tick", now: 100 + SENDER_LIMITS.confirmTimeoutMs });
    expect(late.effects.map((effect) => effect.kind)).toEqual(["silent", "hello"]);
  });

  it("takes a connection for half open after several hellos without an answer", () => {
    let step = stepSender({ kind: "offline", lastN: 0 }, { kind: "connected", now: 0 });
    const seen: string[] = [];
    for (let n = 1; n <= SENDER_LIMITS.hellosBeforeReconnect; n++) {
      step = stepSender(step.state, { kind: "tick", now: n * SENDER_LIMITS.confirmTimeoutMs });
      seen.push(...step.effects.map((effect) => effect.kind));
    }
    expect(seen).toEqual(["silent", "hello", "silent", "hello", "silent", "reconnect"]);
  });

  it("says hello when nothing has been heard for long, without calling the receiver silent", () => {
    const step = stepSender(streaming({ lastN: 0 }), { kind: "tick", now: SENDER_LIMITS.idleHelloMs });
    expect(step.effects.map((effect) => effect.kind)).toEqual(["hello"]);
  });

  it.each<BlockReason>(["fork", "stale_epoch", "unsupported_version", "edge_behind"])(
    "Verifies: SYNC-04, SYNC-07, SYNC-16: stops at %s and asks again only on the next connection",
    (status) => {
      if (status === "history_gone") throw new Error("not a status of the wire");
      const refusal = confirmOf({ status, message: "Call the operator." });
      const step = stepSender(streaming(), { kind: "confirmed", confirm: refusal, ownHash: null, now: 1 });
      expect(step.effects).toEqual([{ kind: "blocked", reason: status, message: "Call the operator." }]);
      const later = confirmOf({ cursor: 50 });
      expect(stepSender(step.state, { kind: "confirmed", confirm: later, ownHash: null, now: 2 }).effects).toEqual([]);
      expect(stepSender(step.state, { kind: "connected", now: 3 }).effects).toEqual([{ kind: "hello", echo: 3 }]);
    },
  );

  it("Verifies: SYNC-08: stops when the receiver holds more than was ever written here", () => {
    const step = stepSender(streaming({ lastN: 3 }), {
      kind: "confirmed",
      confirm: confirmOf({ cursor: 4 }),
      ownHash: null,
      now: 1,
    });
    expect(step.state).toMatchObject({ kind: "blocked", reason: "edge_behind" });
  });

  it("Verifies: SYNC-05: stops when the receiver's hash at its cursor is not ours", () => {
    const confirm = confirmOf({ cursor: 4, hash: "ab".repeat(32) });
    const step = stepSender(streaming(), { kind: "confirmed", confirm, ownHash: "cd".repeat(32), now: 1 });
    expect(step.state).toMatchObject({ kind: "blocked", reason: "fork" });
  });

  it("Verifies: SYNC-08: shows the receiver the first event that differs, once, and stops", () => {
    const confirm = confirmOf({ cursor: 4, hash: "ab".repeat(32) });
    const step = stepSender(streaming(), { kind: "confirmed", confirm, ownHash: "cd".repeat(32), now: 1 });
    expect(step.effects.map((effect) => effect.kind)).toEqual(["show_fork", "blocked"]);
    const again = stepSender(step.state, { kind: "confirmed", confirm, ownHash: "cd".repeat(32), now: 1 });
    expect(again.effects).toEqual([]);
  });

  it("Verifies: SYNC-08: asks now and then whether it is still set apart", () => {
    const refusal = confirmOf({ status: "edge_behind" });
    const blocked = stepSender(streaming(), { kind: "confirmed", confirm: refusal, ownHash: null, now: 1 }).state;
    const noted = stepSender(blocked, { kind: "tick", now: 5 });
    expect(noted.effects).toEqual([]);
    const early = stepSender(noted.state, { kind: "tick", now: 4 + SENDER_LIMITS.idleHelloMs });
    expect(early.effects).toEqual([]);
    const due = stepSender(early.state, { kind: "tick", now: 5 + SENDER_LIMITS.idleHelloMs });
    expect(due.effects).toEqual([{ kind: "hello", echo: 5 + SENDER_LIMITS.idleHelloMs }]);
  });

  it("Verifies: SYNC-07: greets anew when the outbox has begun an epoch", () => {
    const step = stepSender(streaming(), { kind: "greet_again", lastN: 3, now: 9 });
    expect(step.state).toMatchObject({ kind: "greeting", lastN: 3 });
    expect(step.effects).toEqual([{ kind: "hello", echo: 9 }]);
  });

  it("stops with clear words when the receiver needs what is no longer kept", () => {
    const step = stepSender(streaming(), { kind: "history_gone", first: 2 });
    expect(step.effects).toEqual([
      { kind: "blocked", reason: "history_gone", message: "The cloud asks for event 2, which is no longer kept here." },
    ]);
  });
});
