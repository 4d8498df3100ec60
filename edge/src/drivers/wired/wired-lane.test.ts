import { boardUse } from "@gatehouse/shared/contracts/config/site/wired-points.ts";
import { wiring as wiringSchema } from "@gatehouse/shared/contracts/config/site/wiring.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { barrierConformance } from "../../ports/barrier/conformance.ts";
import type { LaneDevices } from "../../ports/lane-devices.ts";
import { lightConformance } from "../../ports/light/conformance.ts";
import { OPPOSITE_REST_MS } from "./relay-orders.ts";
import { MemoryBoard } from "./testing/memory-board.ts";
import { wiredLane } from "./wired-lane.ts";
import { GREEN_MS } from "./wired-light.ts";

const on = (channel: number, board = "a") => ({ board, channel });

/** Channels 1 to 5 are outputs; each input has a number of its own. */
const WIRING = {
  driver: "wired",
  barrier: {
    raise: on(1),
    lower: on(2),
    hold: on(3),
    light: on(4),
    tests: { photo_eye: on(5) },
    limits: { up: on(10), down: on(11) },
  },
  loops: {
    arming: on(12),
    safety: on(13),
    closing: on(14),
    detectors: [{ loops: ["arming", "safety"], fault: on(15) }],
  },
  contacts: { photo_eye: on(20), fire: on(21), outputs_enabled: on(22) },
};

interface Rig {
  readonly lane: LaneDevices;
  readonly boards: ReadonlyMap<string, MemoryBoard>;
  readonly clock: ManualClock;
  board(name?: string): MemoryBoard;
}

function rig(given: unknown = WIRING): Rig {
  const wiring = wiringSchema.parse(given);
  if (wiring.driver !== "wired") throw new Error("not wired");
  const clock = new ManualClock();
  const boards = new Map(
    ["a", "b"].map((name) => [name, new MemoryBoard(name, boardUse(name, [{ wiring }]), clock)] as const),
  );
  const board = (name = "a"): MemoryBoard => {
    const found = boards.get(name);
    if (!found) throw new Error(`no board ${name}`);
    return found;
  };
  clock.advance(5);
  return { lane: wiredLane({ wiring, boards, clock }), boards, clock, board };
}

/** A lane whose outputs have been off for long. */
function rested(given: unknown = WIRING): Rig {
  const made = rig(given);
  made.clock.advance(OPPOSITE_REST_MS);
  return made;
}

function noteInto(seen: string[]) {
  return {
    sample: (name: string, signal: unknown) => void seen.push(`${name}=${signal}`),
    holds: () => void seen.push("holds"),
    lost: () => void seen.push("lost"),
  };
}

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

describe("the inputs of a wired lane", () => {
  it("read a cut wire as the alarm where one must be noticed, and as nothing where it would feign a vehicle (Verifies: SAFE-08)", () => {
    const { lane, clock } = rig(); // every contact is open, as if all wires were cut
    const seen: string[] = [];
    lane.loops.watch(noteInto(seen));
    lane.contacts.watch(noteInto(seen));
    lane.barrier.watchLimits(noteInto(seen));
    clock.advance(5);
    expect(seen.filter((one) => one.includes("="))).toEqual([
      "arming=fault",
      "safety=fault",
      "closing=occupied",
      "photo_eye=open",
      "fire=open",
      "outputs_enabled=open",
      "up=false",
      "down=false",
    ]);
  });

  it("turn with `active`, and the standby selector is quiet while it is on (Verifies: SAFE-19)", () => {
    const { lane, board, clock } = rig({
      ...WIRING,
      contacts: { ...WIRING.contacts, photo_eye: { ...on(20), active: "closed" } },
    });
    const seen: string[] = [];
    lane.contacts.watch(noteInto(seen));
    for (const channel of [20, 22]) board().setContact(channel, "closed");
    clock.advance(5);
    expect(seen).toContain("photo_eye=open");
    expect(seen).toContain("outputs_enabled=closed");
  });

  it("say restarted after a detector's fault, before anything else of its loops (Verifies: SAFE-15)", () => {
    const { lane, board, clock } = rig();
    for (const channel of [13, 14, 15]) board().setContact(channel, "closed"); // clear, clear, no fault
    clock.advance(5);
    const seen: string[] = [];
    lane.loops.watch(noteInto(seen));
    board().setContact(15, "open");
    clock.advance(5);
    board().setContact(15, "closed");
    clock.advance(5);
    expect(seen.filter((one) => one !== "holds")).toEqual([
      "arming=clear",
      "safety=clear",
      "closing=clear",
      "arming=fault",
      "safety=fault",
      "arming=restarted",
      "arming=clear",
      "safety=restarted",
      "safety=clear",
    ]);
  });

  it("read as fault while the supply of their detector is away, and restarted after it (Verifies: SAFE-15)", () => {
    const detector = { loops: ["safety" as const], fault: on(15), power: on(23) };
    const { lane, board, clock } = rig({ ...WIRING, loops: { ...WIRING.loops, detectors: [detector] } });
    for (const channel of [13, 15, 23]) board().setContact(channel, "closed"); // clear, no fault, power
    clock.advance(5);
    const seen: string[] = [];
    lane.loops.watch(noteInto(seen));
    board().setContact(23, "open");
    clock.advance(5);
    board().setContact(15, "open"); // its fault contact opens without power too, and closes first
    clock.advance(5);
    board().setContact(15, "closed");
    clock.advance(5);
    board().setContact(23, "closed");
    clock.advance(5);
    expect(seen.filter((one) => one.startsWith("safety="))).toEqual([
      "safety=clear",
      "safety=fault",
      "safety=fault",
      "safety=fault",
      "safety=restarted",
      "safety=clear",
    ]);
  });

  it("say restarted when a board was gone: those under the arm, or all of a detector that is the board (Verifies: SAFE-15)", () => {
    const loops = { ...WIRING.loops, safety: on(13, "b"), closing: on(14, "b"), detectors: [] };
    const { lane, board, clock } = rig({ ...WIRING, loops });
    for (const channel of [13, 14]) board("b").setContact(channel, "closed"); // clear
    clock.advance(5);
    const seen: string[] = [];
    lane.loops.watch(noteInto(seen));
    expect(seen).not.toContain("safety=restarted");
    const comesBack = (name: string): readonly string[] => {
      board(name).unplug();
      clock.advance(5);
      seen.length = 0;
      board(name).plug();
      clock.advance(10);
      return seen.filter((one) => /^(safety|closing)=/.test(one)).slice(0, 4);
    };
    expect(comesBack("b").slice(0, 3)).toEqual(["safety=restarted", "safety=clear", "closing=clear"]);
    Object.assign(board("b"), { isDetector: true });
    expect(comesBack("b")).toEqual(["safety=restarted", "safety=clear", "closing=restarted", "closing=clear"]);
    expect(comesBack("a").some((one) => one.endsWith("restarted"))).toBe(false);
  });

  it("of two boards are confirmed each by its own, and lost with either (Verifies: SAFE-03)", () => {
    const loops = { ...WIRING.loops, closing: on(14, "b") };
    const { lane, board, clock } = rig({ ...WIRING, loops });
    const seen: string[] = [];
    lane.loops.watch(noteInto(seen));
    seen.length = 0;
    board("b").unplug();
    clock.advance(5);
    expect(seen).toContain("lost");
    seen.length = 0;
    clock.advance(5);
    expect(seen.some((one) => one.startsWith("safety="))).toBe(true);
    expect(seen.some((one) => one.startsWith("closing=") || one === "holds")).toBe(false);
  });

  it("have a quiet fire contact where the site says none, as long as the photo-eye's board speaks", () => {
    const { lane, board, clock } = rig({ ...WIRING, contacts: { ...WIRING.contacts, fire: "none" } });
    const seen: string[] = [];
    lane.contacts.watch(noteInto(seen));
    expect(seen).toContain("fire=closed");
    seen.length = 0;
    board().unplug();
    clock.advance(5);
    expect(seen).toEqual(["lost"]);
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
