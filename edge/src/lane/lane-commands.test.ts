import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { describe, expect, it } from "vitest";
import { initialLane, step } from "./machine.ts";
import { NOTHING_KEPT, Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

describe("open by hand", () => {
  it("decides for the vehicle on the loop, whatever the rules said (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready();
    rig.desk.script = ({ override }) => (override ? {} : { outcome: "refuse", displayKey: "entry.full" });
    await rig.arrive("AB123");
    expect(rig.relays("up")).toEqual([]);
    const answer = rig.command("open");
    await rig.run(20);
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.desk.requests.at(-1)).toMatchObject({
      credential: { value: "AB123" },
      override: { actor: "uid:1000", reason: "test" },
    });
    expect(rig.relays("up")).toHaveLength(1);
    await rig.run(1_500);
    await rig.driveThrough();
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
  });

  it("without a vehicle it vends with its reason, and the passage is recorded (Verifies: SAFE-25)", async () => {
    const rig = await Rig.ready();
    const answer = rig.command("open", "remote");
    await rig.run(1_500);
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.journal.entries.find((one) => one.kind === "lane.command")?.data).toMatchObject({
      reason: "test",
      origin: "remote",
    });
    expect(rig.told).toMatchObject([{ type: "lane.overridden", action: "open", actor: "uid:1000", reason: "test" }]);
    rig.loop("arming", "occupied");
    await rig.run(100);
    await rig.driveThrough();
    expect(rig.desk.passages).toMatchObject([{ outcome: "passed" }]);
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("opens also when the store is broken", async () => {
    const rig = await Rig.ready();
    rig.desk.broken = true;
    await rig.arrive("AB123");
    const answer = rig.command("open");
    await rig.run(20);
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("is limited from afar (Verifies: SAFE-26)", async () => {
    const rig = await Rig.ready();
    for (let i = 0; i < 6; i++) expect(await rig.command("open", "remote")).toMatchObject({ ok: true });
    expect(await rig.command("open", "remote")).toMatchObject({ ok: false, refusal: "rate_limited" });
    expect(await rig.command("open")).toMatchObject({ ok: true });
  });
});

describe("from afar", () => {
  it.each(["close", "hold", "lock", "automatic", "reset"] as const)(
    "%s is refused (Verifies: SAFE-26)",
    async (action) => {
      const rig = await Rig.ready();
      await rig.command("open");
      await rig.run(2_000);
      expect(await rig.command(action, "remote")).toMatchObject({ ok: false, refusal: "not_allowed_remotely" });
      await rig.run(1_000);
      expect(rig.mode).toBe("automatic");
      expect(rig.relays("down")).toEqual([]);
    },
  );
});

describe("close by hand", () => {
  it("is refused while something stands under the arm (Verifies: SAFE-02)", async () => {
    const rig = await Rig.ready();
    await rig.command("hold");
    await rig.run(2_000);
    rig.loop("safety", "occupied");
    await rig.command("automatic");
    await rig.run(100);
    expect(await rig.command("close")).toMatchObject({ ok: false, refusal: "refused_by_safety" });
    await rig.run(2_000);
    expect(rig.relays("down")).toEqual([]);
  });

  it("closes an arm that is clear", async () => {
    const rig = await Rig.ready({ timings: { close_delay_ms: 60_000 } });
    await rig.command("hold");
    await rig.run(2_000);
    await rig.command("automatic");
    expect(await rig.command("close")).toMatchObject({ ok: true });
    await rig.run(1_500);
    expect(rig.arm.height).toBe(0);
  });
});

describe("modes", () => {
  it("tells the cloud of the mode that a hand set, and of the hand", async () => {
    const rig = await Rig.ready();
    rig.told.length = 0;
    await rig.command("hold");
    expect(rig.told).toMatchObject([
      { type: "lane.overridden", action: "hold", actor: "uid:1000" },
      { type: "lane.changed", mode: "held_open", detail: "test" },
    ]);
  });

  it("hold keeps the arm up and still counts who passes, with and without a read", async () => {
    const rig = await Rig.ready();
    await rig.command("hold");
    await rig.run(2_000);
    rig.loop("arming", "occupied");
    await rig.run(50);
    await rig.driveThrough();
    expect(rig.desk.passages).toMatchObject([{ outcome: "passed" }]);
    rig.desk.script = () => ({ outcome: "refuse" });
    await rig.arrive("AB123");
    await rig.driveThrough();
    expect(rig.desk.ends).toMatchObject([{ movementId: movementId(1), outcome: "passed" }]);
    await rig.run(10_000);
    expect(rig.arm.height).toBe(1);
    await rig.command("automatic");
    await rig.run(3_000);
    expect(rig.arm.height).toBe(0);
  });

  it("lock closes and lets nobody in until automatic", async () => {
    const rig = await Rig.ready();
    await rig.command("lock");
    rig.loop("arming", "occupied");
    await rig.run(50);
    expect(rig.offer("AB123")).toBe("lane_not_ready");
    expect(await rig.command("open")).toMatchObject({ ok: false, refusal: "refused_by_mode" });
    await rig.run(1_000);
    expect(rig.relays("up")).toEqual([]);
    await rig.command("automatic");
    expect(rig.offer("AB123")).toBe("accepted");
    await rig.run(50);
    expect(rig.relays("up")).toHaveLength(1);
  });

  it("a lane that sees nothing is out of service, and works again when it sees", async () => {
    const rig = await Rig.ready();
    rig.cutFeed();
    await rig.run(200);
    expect(rig.mode).toBe("out_of_service");
    rig.restoreFeed();
    await rig.run(1_000);
    expect(rig.mode).toBe("automatic");
    await rig.arrive("AB123");
    expect(rig.relays("up")).toHaveLength(1);
  });
});

describe("the journal", () => {
  it("holds every event of a lane, so that the same steps lead to the same state", async () => {
    const rig = await Rig.ready();
    await rig.arrive("AB123");
    await rig.run(1_500);
    await rig.driveThrough();
    await rig.run(3_000);
    const steps = rig.journal.entries
      .filter((one) => one.kind === "lane.step")
      .map((one) => JSON.parse(JSON.stringify(one.data)));
    const policy = {
      direction: "entry",
      timings: laneTimings.parse({}),
      fail: { entry: "closed", exit: "open" },
      noRead: "open",
      tickets: { printed: false, onFailure: "closed" },
    } as const;
    let state = initialLane("boot", NOTHING_KEPT);
    for (const { event, mono, effects } of steps) {
      const next = step(state, event, mono, policy);
      expect(JSON.parse(JSON.stringify(next.effects))).toEqual(effects);
      state = next.state;
    }
    expect(state.arm.at).toBe("shut");
  });
});
