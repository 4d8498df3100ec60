import { describe, expect, it } from "vitest";
import { barrierConformance } from "../../ports/barrier/conformance.ts";
import { lightConformance } from "../../ports/light/conformance.ts";
import { OPPOSITE_REST_MS } from "./relay-orders.ts";
import { on, rested, rig, WIRING } from "./testing/wired-rig.ts";
import { GREEN_MS } from "./wired-light.ts";

barrierConformance("points of a board", () => {
  const { lane, board, clock } = rig();
  clock.advance(OPPOSITE_REST_MS);
  const relays = { up: 1, down: 2 };
  const limits = { up: 10, down: 11 };
  let started = false;
  const watched: (typeof lane.barrier)["watchLimits"] = (sink) => {
    // The suite counts from a lane at rest; what the boards say at the start is told in the tests below.
    const end = lane.barrier.watchLimits({
      sample: (name, active) => started && sink.sample(name, active),
      holds: () => {},
      lost: () => sink.lost(),
    });
    started = true;
    confirm = () => sink.holds();
    return end;
  };
  let confirm = (): void => {};
  return Promise.resolve({
    port: { ...lane.barrier, watchLimits: watched },
    isOn: (relay) => board().on.has(relays[relay]),
    setLimit: (name, active) => {
      board().setContact(limits[name], active ? "closed" : "open");
      clock.advance(5);
    },
    confirm: () => confirm(),
    unplug: () => {
      board().unplug();
      clock.advance(5);
    },
    wait: (ms) => {
      clock.advance(ms);
      return Promise.resolve();
    },
  });
});

lightConformance("a point of a board", () => {
  const { lane, board } = rig();
  return { port: lane.light, green: () => board().on.has(4) };
});

describe("the relays of a wired lane", () => {
  it("are told as lost with their board, and rest after its return before one goes on (Verifies: SAFE-01, SAFE-04)", () => {
    const { lane, board, clock } = rested();
    const lost: string[] = [];
    const end = lane.barrier.onRelayLost((relay) => lost.push(relay));
    expect(lane.barrier.energise("down", 1_000).ok).toBe(true);
    board().unplug();
    clock.advance(5);
    expect(lost).toEqual(["down", "up"]);
    expect(lane.barrier.release("down").ok).toBe(true);
    expect(lane.barrier.energise("up", 1_000)).toEqual({ ok: false, error: "not_connected" });
    board().plug();
    clock.advance(5);
    expect(lane.barrier.energise("up", 1_000).ok).toBe(true);
    clock.advance(OPPOSITE_REST_MS - 10);
    expect(board().on.has(1)).toBe(false);
    clock.advance(20);
    expect(board().on.has(1)).toBe(true);
    end();
    board().unplug();
    clock.advance(5);
    expect(lost).toHaveLength(2);
  });

  it.each([
    ["raise after lower", "down", "up"],
    ["lower after raise", "up", "down"],
  ] as const)(
    "%s waits for the confirmed end of the other, not for its wish (Verifies: SAFE-01)",
    (_name, one, other) => {
      const channels = { up: 1, down: 2 };
      const { lane, board, clock } = rested();
      lane.barrier.energise(one, 1_000);
      clock.advance(500);
      board().holdBack(channels[one]);
      lane.barrier.release(one);
      clock.advance(150); // A bus that misses an answer.
      expect(lane.barrier.energise(other, 1_000).ok).toBe(true);
      clock.advance(100);
      board().confirm(channels[one]);
      clock.advance(OPPOSITE_REST_MS - 5);
      expect(board().on.has(channels[other])).toBe(false);
      clock.advance(10);
      expect(board().on.has(channels[other])).toBe(true);
      clock.advance(750); // What it was given counts from the order (SAFE-11).
      expect(board().on.has(channels[other])).toBe(false);
    },
  );

  it("are told as lost when an accepted order was never given, or came too late (Verifies: SAFE-04)", () => {
    const { lane, board, clock } = rested();
    const lost: string[] = [];
    lane.barrier.onRelayLost((relay) => lost.push(relay));
    lane.barrier.energise("down", 1_000);
    board().holdBack(2);
    lane.barrier.release("down");
    lane.barrier.energise("up", 1_000);
    clock.advance(500);
    lane.barrier.release("up");
    expect(lost).toEqual(["up"]);
    board().confirm(2);
    clock.advance(OPPOSITE_REST_MS);
    board().holdBack(1);
    lane.barrier.energise("up", 1_000);
    clock.advance(300);
    board().confirm(1);
    clock.advance(200);
    lane.barrier.release("up");
    expect(lost).toEqual(["up", "up"]);
    clock.advance(OPPOSITE_REST_MS);
    lane.barrier.energise("up", 1_000);
    clock.advance(500);
    lane.barrier.release("up");
    expect(lost).toEqual(["up", "up"]);
  });

  it("on boards of their own, one whose board is away forbids the other no longer than it can be on (Verifies: SAFE-01)", () => {
    const { lane, board, clock } = rested({ ...WIRING, barrier: { ...WIRING.barrier, lower: on(2, "b") } });
    lane.barrier.energise("down", 1_000);
    clock.advance(100);
    board("b").unplug();
    clock.advance(5);
    lane.barrier.release("down");
    lane.barrier.energise("up", 3_000);
    clock.advance(890);
    expect(board().on.has(1)).toBe(false);
    clock.advance(OPPOSITE_REST_MS + 10);
    expect(board().on.has(1)).toBe(true);
  });
});

describe("a wired lane", () => {
  it("puts a monitored device into its test and out of it (Verifies: SAFE-13)", () => {
    const { lane, board } = rig();
    expect(lane.test?.("photo_eye", true).ok).toBe(true);
    expect(board().on.has(5)).toBe(true);
    lane.test?.("photo_eye", false);
    expect(board().on.has(5)).toBe(false);
    expect(lane.test?.("safety_edge", true)).toEqual({ ok: false, error: "io_failed" });
  });

  it("keeps its light green by saying so again and again, never for long (Verifies: SAFE-21)", () => {
    const { lane, board, clock } = rig();
    const asked: unknown[] = [];
    const energise = board().energise.bind(board());
    board().energise = (output, onFor) => {
      asked.push(onFor);
      return energise(output, onFor);
    };
    lane.light.show(true);
    clock.advance(10_000);
    expect(board().on.has(4)).toBe(true);
    expect(new Set(asked)).toEqual(new Set([GREEN_MS]));
    lane.light.show(false);
    clock.advance(10_000);
    expect(board().on.has(4)).toBe(false);
  });

  it("was sampled when its slowest board was (Verifies: SAFE-10)", async () => {
    const { lane, board, clock } = rig({ ...WIRING, loops: { ...WIRING.loops, closing: on(14, "b") } });
    clock.advance(10);
    const before = lane.sampledAt();
    await board("b").close();
    clock.advance(50);
    expect(lane.sampledAt()).toBe(before);
  });

  it("lets go of everything with allOff, the hold relay too", () => {
    const { lane, board } = rested();
    lane.barrier.hold?.(true, 60_000);
    expect(board().on.has(3)).toBe(true);
    lane.barrier.allOff();
    expect(board().on.size).toBe(0);
  });
});
