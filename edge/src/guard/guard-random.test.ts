import { later } from "@gatehouse/shared/kit/clock.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Rig, type RigOptions } from "../lane/testing/rig.ts";

/* A lane with every kind of protection, whose parts weld, stick, flap and lose power in any order. */

const PROTECTION = {
  second_channels: ["safety", "photo_eye"],
  safety_edge: true,
  standby_selector: true,
  tested: ["photo_eye", "safety_edge"],
} satisfies RigOptions["protection"];

type Input = { readonly of: "loop"; readonly name: "safety" | "safety_b" | "arming" | "closing" } | ContactInput;
type ContactInput = { readonly of: "contact"; readonly name: "photo_eye" | "photo_eye_b" | "safety_edge" | "fire" };

type Act =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "set"; readonly input: Input; readonly active: boolean }
  | { readonly do: "flap"; readonly input: Input; readonly times: number; readonly everyMs: number }
  | { readonly do: "power"; readonly loop: "safety" | "safety_b"; readonly how: "restarted" | "fault" }
  | { readonly do: "vehicle"; readonly ms: number }
  | { readonly do: "weld"; readonly relay: "up" | "down" | null }
  | { readonly do: "motor"; readonly stuck: boolean }
  | { readonly do: "deaf"; readonly name: "photo_eye" | "safety_edge"; readonly deaf: boolean }
  | { readonly do: "selector"; readonly signal: "closed" | "open" | "broken" }
  | { readonly do: "lock"; readonly on: boolean }
  | { readonly do: "command"; readonly kind: "open" | "close" | "reset" }
  | { readonly do: "feed"; readonly how: "cut" | "silence" | "restore" }
  | { readonly do: "wall"; readonly stepMs: number }
  | { readonly do: "cycle" };

const of = fc.constantFrom;
const input: fc.Arbitrary<Input> = of(
  { of: "loop", name: "safety" } as const,
  { of: "loop", name: "safety_b" } as const,
  { of: "loop", name: "arming" } as const,
  { of: "loop", name: "closing" } as const,
  { of: "contact", name: "photo_eye" } as const,
  { of: "contact", name: "photo_eye_b" } as const,
  { of: "contact", name: "safety_edge" } as const,
  { of: "contact", name: "fire" } as const,
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: of("wait" as const), ms: of(5, 50, 300, 1_200, 5_000) }) },
  { weight: 3, arbitrary: fc.record({ do: of("set" as const), input, active: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: of("flap" as const), input, times: of(1, 3, 8), everyMs: of(5, 20, 120) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: of("power" as const),
      loop: of("safety" as const, "safety_b"),
      how: of("restarted" as const, "fault"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: of("vehicle" as const), ms: of(200, 600, 2_000) }) },
  { weight: 1, arbitrary: fc.record({ do: of("weld" as const), relay: of("up" as const, "down", null, null) }) },
  { weight: 1, arbitrary: fc.record({ do: of("motor" as const), stuck: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: of("deaf" as const),
      name: of("photo_eye" as const, "safety_edge"),
      deaf: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: of("selector" as const), signal: of("closed" as const, "closed", "open", "broken") }),
  },
  { weight: 1, arbitrary: fc.record({ do: of("lock" as const), on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: of("command" as const), kind: of("open" as const, "close", "reset") }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: of("feed" as const), how: of("cut" as const, "silence", "restore", "restore") }),
  },
  { weight: 1, arbitrary: fc.record({ do: of("wall" as const), stepMs: of(-86_400_000, 86_400_000) }) },
  { weight: 4, arbitrary: fc.record({ do: of("cycle" as const) }) },
);

/** A rig with an eye on the rules that its judge does not know. */
class Trial {
  readonly rig: Rig;
  readonly breaches: string[] = [];
  closes = 0;
  #made = 0;
  #seen = 0;
  #selector = "closed";
  readonly #on = { up: false, down: false };
  readonly #tested = new Set<string>();

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  static async begin(): Promise<Trial> {
    return new Trial(await Rig.ready({ protection: PROTECTION, timings: { travel_max_ms: 2_000 } }));
  }

  async run(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 5) {
      await this.rig.run(5);
      this.#look();
    }
  }

  set(one: Input, active: boolean): void {
    if (one.of === "loop") this.rig.loop(one.name, active ? "occupied" : "clear");
    else this.rig.contact(one.name, active ? "open" : "closed");
    this.#look();
  }

  async perform(one: Act): Promise<void> {
    switch (one.do) {
      case "wait":
        return this.run(one.ms);
      case "set":
        return this.set(one.input, one.active);
      case "flap":
        for (let time = 0; time < one.times; time++) {
          this.set(one.input, true);
          await this.run(one.everyMs);
          this.set(one.input, false);
          await this.run(one.everyMs);
        }
        return;
      case "power":
        this.rig.loop(one.loop, one.how);
        await this.run(50);
        return this.rig.loop(one.loop, "clear");
      case "vehicle":
        return this.#drive(one.ms);
      case "weld":
        this.rig.arm.welded = one.relay;
        return;
      case "motor":
        this.rig.arm.stuck = one.stuck;
        return;
      case "deaf":
        if (one.deaf) this.rig.deaf.add(one.name);
        else this.rig.deaf.delete(one.name);
        return;
      case "selector":
        this.#selector = one.signal;
        return this.rig.contact("outputs_enabled", one.signal);
      case "lock":
        return this.rig.guard({ kind: "maintenance", on: one.on });
      case "command":
        return this.#command(one.kind);
      case "feed":
        return one.how === "cut"
          ? this.rig.cutFeed()
          : one.how === "silence"
            ? this.rig.silence()
            : this.rig.restoreFeed();
      case "wall":
        return this.rig.clock.stepWall(one.stepMs);
      case "cycle":
        this.#command("open");
        await this.run(3_000);
        this.#command("close");
        return this.run(400);
    }
  }

  async #drive(ms: number): Promise<void> {
    const place = [
      { of: "loop", name: "safety" },
      { of: "loop", name: "safety_b" },
      { of: "contact", name: "photo_eye" },
      { of: "contact", name: "photo_eye_b" },
    ] as const;
    for (const one of place) this.set(one, true);
    await this.run(ms);
    for (const one of place) this.set(one, false);
    return this.run(800);
  }

  #command(kind: "open" | "close" | "reset"): void {
    const id = `trial-${++this.#made}`;
    if (kind === "open") this.rig.guard({ kind, grant: id, notAfter: later(this.rig.clock.mono(), 10_000) });
    else this.rig.guard(kind === "close" ? { kind, record: id } : { kind, id });
  }

  #look(): void {
    for (const { output } of this.rig.outputs.slice(this.#seen)) {
      if (output.kind === "test" && output.on) this.#tested.add(output.name);
      if (output.kind !== "relay") continue;
      this.#on[output.name] = output.on;
      if (output.name === "down" && output.on) this.#lowers();
    }
    this.#seen = this.rig.outputs.length;
    const any = this.#on.up || this.#on.down;
    if (any && this.rig.fed && this.#selector !== "closed") this.#breach("SAFE-19: a relay with the selector away");
    if (any && this.#locked()) this.#breach("SAFE-22: a relay under the lock");
  }

  #lowers(): void {
    this.closes++;
    for (const name of PROTECTION.tested)
      if (!this.#tested.has(name)) this.#breach(`SAFE-13: lowers without a test of ${name}`);
    this.#tested.clear();
  }

  #locked(): boolean {
    const last = this.rig.reports.findLast((one) => one.kind === "maintenance");
    return last?.kind === "maintenance" && last.on;
  }

  #breach(what: string): void {
    this.breaches.push(`${what} at ${this.rig.clock.mono()} ms`);
  }
}

it("whatever welds, sticks, flaps or loses power, no rule is broken (Verifies: SAFE-01, SAFE-02, SAFE-04, SAFE-07, SAFE-11, SAFE-13, SAFE-14, SAFE-19, SAFE-22)", async () => {
  let closes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 15, maxLength: 40 }), async (acts) => {
      const trial = await Trial.begin();
      for (const one of acts) await trial.perform(one);
      await trial.run(1_000);
      expect([...trial.breaches, ...trial.rig.judge.breaches]).toEqual([]);
      closes += trial.closes;
    }),
    { numRuns: 60 },
  );
  expect(closes).toBeGreaterThan(15);
}, 60_000);

it("a step of the wall clock changes no output, whatever else happens (Verifies: SAFE-17)", async () => {
  const trace = async (acts: readonly Act[], wall: boolean): Promise<unknown> => {
    const trial = await Trial.begin();
    for (const one of acts) if (wall || one.do !== "wall") await trial.perform(one);
    return trial.rig.outputs;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 5, maxLength: 20 }),
      fc.array(of(-86_400_000, 86_400_000), { minLength: 20, maxLength: 20 }),
      async (acts, steps) => {
        const stepped = acts.flatMap((one, at): Act[] => [one, { do: "wall", stepMs: steps[at] ?? 0 }]);
        expect(await trace(stepped, true)).toEqual(await trace(stepped, false));
      },
    ),
    { numRuns: 10 },
  );
}, 60_000);
