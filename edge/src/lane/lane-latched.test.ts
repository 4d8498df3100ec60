import { describe, expect, it } from "vitest";
import { RAISE_GIVEN_UP_AFTER } from "./arm.ts";
import { Rig } from "./testing/rig.ts";

const MINUTE_MS = 60_000;

/** An exit whose motor did not move when a vehicle was let out: the guard has given up and latched. */
async function latchedExit(): Promise<Rig> {
  const rig = await Rig.ready({ direction: "exit", timings: { travel_max_ms: 2_000 } });
  rig.arm.stuck = true;
  await rig.arrive("AB123");
  await rig.run(RAISE_GIVEN_UP_AFTER * 2_000 + 500);
  expect(rig.runner.snapshot().mode).toBe("fault");
  return rig;
}

describe("a latched lane with its arm down", () => {
  it("gives the next hand a new raise, and goes up once the motor works again (Verifies: SAFE-18)", async () => {
    const rig = await latchedExit();
    const before = rig.relays("up").length;
    await rig.run(MINUTE_MS);
    rig.arm.stuck = false;
    rig.arm.direction = 0;
    const answer = rig.command("open");
    await rig.run(3_000);
    expect(await answer).toMatchObject({ ok: true });
    expect(rig.relays("up").length).toBeGreaterThan(before);
    expect(rig.arm.height).toBe(1);
  });

  it("gives the next vehicle a new raise too (Verifies: SAFE-18)", async () => {
    const rig = await latchedExit();
    rig.loop("arming", "clear");
    await rig.run(MINUTE_MS);
    rig.arm.stuck = false;
    rig.arm.direction = 0;
    const before = rig.relays("up").length;
    await rig.arrive("CD456");
    await rig.run(3_000);
    expect(rig.relays("up").length).toBeGreaterThan(before);
    expect(rig.arm.height).toBe(1);
  });
});
