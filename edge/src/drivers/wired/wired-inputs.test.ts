import { describe, expect, it } from "vitest";
import { noteInto, on, rig, WIRING } from "./testing/wired-rig.ts";

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
