import fc from "fast-check";
import { expect, it } from "vitest";
import { TUNING_MAX_MS } from "../guard/blind-loops.ts";
import { Rig } from "./testing/rig.ts";
import { movementId } from "./testing/scripted-desk.ts";

type Act =
  | { readonly do: "wait"; readonly ms: number }
  | {
      readonly do: "loop";
      readonly name: "arming" | "safety" | "closing";
      readonly signal: "occupied" | "clear" | "fault" | "restarted";
    }
  | { readonly do: "contact"; readonly name: "photo_eye" | "fire"; readonly signal: "closed" | "open" | "broken" }
  | { readonly do: "feed"; readonly how: "cut" | "silence" | "restore" }
  | { readonly do: "offer"; readonly plate: string }
  | { readonly do: "store"; readonly works: boolean }
  | { readonly do: "desk"; readonly says: "admit" | "refuse" | "fail" | "pay" }
  | { readonly do: "pay"; readonly result: "approved" | "declined" | "cancelled" }
  | {
      readonly do: "command";
      readonly action: "open" | "close" | "hold" | "lock" | "automatic" | "reset";
      readonly far: boolean;
    }
  | { readonly do: "wall"; readonly stepMs: number }
  | { readonly do: "motor"; readonly stuck: boolean }
  | { readonly do: "drive" }
  | { readonly do: "repair" }
  /** A whole visit, left `ms` after the arm has begun to come down behind it. */
  | { readonly do: "visit"; readonly plate: string; readonly ms: number };

const of = fc.constantFrom;
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: of("wait" as const), ms: of(5, 20, 100, 300, 700, 1_500, 4_000) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: of("loop" as const),
      name: of("arming" as const, "safety", "closing"),
      signal: of("occupied" as const, "clear", "clear", "fault", "restarted"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: of("contact" as const),
      name: of("photo_eye" as const, "photo_eye", "fire"),
      signal: of("closed" as const, "closed", "open", "broken"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: of("feed" as const), how: of("cut" as const, "silence", "restore", "restore") }),
  },
  { weight: 3, arbitrary: fc.record({ do: of("offer" as const), plate: of("A1", "B2", "C3") }) },
  { weight: 1, arbitrary: fc.record({ do: of("store" as const), works: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: of("desk" as const), says: of("admit" as const, "admit", "refuse", "fail", "pay") }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: of("pay" as const), result: of("approved" as const, "declined", "cancelled") }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: of("command" as const),
      action: of("open" as const, "close", "hold", "lock", "automatic", "reset"),
      far: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: of("wall" as const), stepMs: of(-86_400_000, 3_600_000) }) },
  { weight: 1, arbitrary: fc.record({ do: of("motor" as const), stuck: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: of("drive" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: of("repair" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: of("visit" as const),
      plate: of("A1", "B2", "C3"),
      ms: of(0, 50, 200, 450, 700, 2_000),
    }),
  },
);

const due = { amountMinor: 300, currency: "EUR" };

async function perform(rig: Rig, one: Act): Promise<void> {
  switch (one.do) {
    case "wait":
      return rig.run(one.ms);
    case "loop":
      return rig.loop(one.name, one.signal);
    case "contact":
      return rig.contact(one.name, one.signal);
    case "feed":
      return one.how === "cut" ? rig.cutFeed() : one.how === "silence" ? rig.silence() : rig.restoreFeed();
    case "offer":
      return void rig.offer(one.plate);
    case "store":
      rig.journal.broken = !one.works;
      rig.desk.broken = !one.works;
      return;
    case "desk":
      rig.desk.script = () => {
        if (one.says === "fail") return "fail";
        return one.says === "pay"
          ? { outcome: "ask", ask: "pay", due, sessionId: movementId(200) }
          : { outcome: one.says };
      };
      return;
    case "pay": {
      const asked = rig.outputs.flatMap(({ output }) => (output.kind === "terminal" ? [output.request_id] : []));
      return rig.pay(asked.at(-1) ?? "none", one.result);
    }
    case "command":
      return void rig.command(one.action, one.far ? "remote" : "local");
    case "wall":
      return rig.clock.stepWall(one.stepMs);
    case "motor":
      rig.arm.stuck = one.stuck;
      return;
    case "drive":
      return rig.driveThrough();
    case "repair":
      return repair(rig);
    case "visit":
      await rig.arrive(one.plate);
      await rig.run(1_500);
      await rig.driveThrough();
      for (let ms = 0; ms < 3_000 && rig.arm.direction >= 0; ms += 50) await rig.run(50);
      return rig.run(one.ms);
  }
}

async function repair(rig: Rig): Promise<void> {
  rig.arm.stuck = false;
  rig.journal.broken = false;
  rig.desk.broken = false;
  rig.desk.script = () => ({});
  rig.restoreFeed();
  rig.tellAll();
  await rig.run(100);
  const reset = rig.command("reset");
  await rig.run(100);
  await reset;
  await rig.command("automatic");
}

/** Every movement that the desk made is ended at most once. */
function endedTwice(rig: Rig): readonly string[] {
  const seen = new Set<string>();
  return rig.desk.ends.map((one) => one.movementId).filter((id) => seen.has(id) || !seen.add(id));
}

it("whatever happens in whatever order, the judge sees no rule broken (Verifies: SAFE-01, SAFE-02, SAFE-04, SAFE-07, SAFE-11, SAFE-20)", async () => {
  let closes = 0;
  await fc.assert(
    fc.asyncProperty(
      of("entry" as const, "exit" as const),
      fc.array(act, { minLength: 20, maxLength: 70 }),
      async (direction, acts) => {
        const rig = await Rig.ready({ direction, timings: { no_passage_close_ms: 5_000, payment_max_ms: 10_000 } });
        for (const one of acts) await perform(rig, one);
        await rig.run(5_000);
        expect(rig.judge.breaches).toEqual([]);
        expect(endedTwice(rig)).toEqual([]);
        const records = rig.journal.entries.filter((one) => one.kind === "guard.close").length;
        expect(rig.judge.closes).toBeLessThanOrEqual(records);
        closes += rig.judge.closes;
      },
    ),
    { numRuns: 80 },
  );
  expect(closes).toBeGreaterThan(100);
}, 60_000);

it("when all is well again, the lane comes back to a closed arm and takes vehicles", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 40 }), async (acts) => {
      const rig = await Rig.ready({ timings: { no_passage_close_ms: 5_000, payment_max_ms: 10_000 } });
      for (const one of acts) await perform(rig, one);
      await repair(rig);
      if (rig.runner.snapshot().alarms.includes("loop_restarted_safety")) {
        await rig.run(TUNING_MAX_MS); // SAFE-15
        await rig.driveThrough();
      }
      // A detector that was out of order is believed again after 60 s (SAFE-15).
      await rig.run(61_000);
      await repair(rig);
      await rig.run(20_000);
      expect(rig.arm.height).toBe(0);
      expect(rig.state).toBe("idle");
      await rig.arrive("Z9");
      await rig.run(1_500);
      expect(rig.arm.height).toBe(1);
      await rig.driveThrough();
      expect(rig.desk.ends.at(-1)?.outcome).toBe("passed");
    }),
    { numRuns: 20 },
  );
}, 60_000);
