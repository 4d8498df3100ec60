import { describe, expect, it } from "vitest";
import { LANE_ID, Rig } from "./testing/rig.ts";

/** A vehicle let in that stands under the arm, off the arming loop. */
async function underTheArm(): Promise<Rig> {
  const rig = await Rig.ready({ timings: { close_delay_ms: 0 } });
  await rig.arrive("AB123");
  await rig.run(1_500);
  rig.loop("safety", "occupied");
  await rig.run(300);
  rig.loop("arming", "clear");
  await rig.run(300);
  return rig;
}

describe("a close", () => {
  it("waits for a vehicle that no loop sees for a moment, between arm and closing loop (Verifies: SAFE-25)", async () => {
    const rig = await underTheArm();
    rig.loop("safety", "clear");
    await rig.run(2_500);
    expect(rig.relays("down")).toEqual([]);
    rig.loop("closing", "occupied");
    await rig.run(1_000);
    expect(rig.relays("down")).toEqual([]);
    rig.loop("closing", "clear");
    await rig.run(2_000);
    expect(rig.relays("down")).toHaveLength(1);
  });

  it("waits for a vehicle that is admitted and has not moved (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready({ timings: { close_delay_ms: 0, no_passage_close_ms: 20_000 } });
    await rig.arrive("AB123");
    await rig.run(10_000);
    expect(rig.relays("down")).toEqual([]);
  });

  it("never leaves before its record is durable, nor when that fails (Verifies: SAFE-20)", async () => {
    const rig = await underTheArm();
    rig.journal.broken = true;
    rig.loop("closing", "occupied");
    rig.loop("safety", "clear");
    await rig.run(300);
    rig.loop("closing", "clear");
    await rig.run(5_000);
    expect(rig.relays("down")).toEqual([]);
    rig.journal.broken = false;
    await rig.run(2_000);
    expect(rig.relays("down")).toHaveLength(1);
    const records = rig.journal.entries.filter(({ kind }) => kind === "guard.close");
    expect(records).toHaveLength(1);
  });
});

describe("a hand", () => {
  it("gives a reason, or nothing moves (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready();
    const hand = { laneId: LANE_ID, action: "open", actor: "uid:1000", commandId: null, origin: "local" } as const;
    const answer = rig.runner.command({ ...hand, reason: "  " });
    await rig.run(500);
    expect(await answer).toMatchObject({ ok: false });
    expect(rig.relays("up")).toEqual([]);
  });
});
