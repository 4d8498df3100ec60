import { wallMs } from "@gatehouse/shared/kit/clock.ts";
import { ManualClock } from "@gatehouse/shared/kit/manual-clock.ts";
import { describe, expect, it } from "vitest";
import type { HttpPayload } from "../devices/cameras/sighted.ts";
import type { WorldLot } from "./config.ts";
import { demoSystem } from "./demo.ts";
import { LotWorld, type WorldDials } from "./lot-world.ts";
import { pastOf } from "./past.ts";
import { ScriptedAgent, type ScriptedAgentOptions } from "./testing/scripted-agent.ts";
import { type TruthRecord, truthLog, type Visit } from "./truth.ts";

const TICK_MS = 20;

interface RigOptions {
  readonly seed?: number;
  readonly lot?: Partial<WorldLot>;
  readonly people?: Partial<WorldLot["population"]>;
  readonly past?: readonly TruthRecord[];
  readonly agent?: Partial<Pick<ScriptedAgentOptions, "admits" | "closesBlindlyAfterMs" | "byTicket">>;
}

/** A garage with a scripted agent; stays are a minute or so, and everything runs on one manual clock. */
function rig({ seed = 1, lot: change = {}, people = {}, past = [], agent: script = {} }: RigOptions = {}) {
  const clock = new ManualClock({ wall: wallMs(Date.UTC(2026, 10, 23, 9)) });
  const [drawn] = demoSystem({ lots: 1, seed }).lots;
  if (!drawn) throw new Error("no lot");
  const population = {
    ...drawn.population,
    mean_stay_minutes: 1,
    backs_out: 0,
    blocked_share: 0,
    unplated_share: 0,
    ticket_share: 0,
    loses_ticket: 0,
    ...people,
  };
  const lot: WorldLot = {
    ...drawn,
    io_socket: "unused",
    gate_socket: null,
    agent_url: "http://unused",
    proxies: [],
    arrivals_per_hour: 300,
    day_profile: [],
    max_arrivals: 12,
    ...change,
    population,
  };
  const truth = truthLog(null);
  const dials: { now: WorldDials } = { now: { traffic: 1, pace: 2, everyoneLeaves: false } };
  const posts: HttpPayload[] = [];
  const here = { now: true };
  const charged: string[] = [];
  const world: LotWorld = new LotWorld({
    lot,
    world: { seed, faults: false },
    clock,
    truth,
    past: pastOf(lot.site.lot_id, lot.site.code, past),
    dials: () => dials.now,
    tell: (input) => here.now && agent.take(input),
    chargeLostTicket: (lane) => {
      charged.push(lane);
      agent.letPass(lane);
      return Promise.resolve(true);
    },
    postFor: () => (payload) => {
      posts.push(payload);
      return Promise.resolve();
    },
  });
  const output: ScriptedAgentOptions["output"] = (one) => here.now && world.output(one);
  const agent: ScriptedAgent = new ScriptedAgent({
    clock,
    output,
    admits: () => true,
    closesBlindlyAfterMs: null,
    ...script,
  });
  const welcome = () =>
    world.output({ kind: "welcome", t: "0", boot: "b", lanes: lot.site.lanes.map(({ code }) => code) });
  const runFor = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      clock.advance(TICK_MS);
      world.tick(TICK_MS);
      // Lets posts end, as time would.
      if (passed % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  welcome();
  return { clock, world, agent, truth, dials, posts, here, welcome, runFor, lot, charged };
}

function visits(records: readonly TruthRecord[], direction?: Visit["direction"]): Visit[] {
  return records
    .filter((one) => one.kind === "visit")
    .filter((one) => direction === undefined || one.direction === direction);
}

describe("a simulated lot", () => {
  it("lets every vehicle in and, when its stay is over, out again, with truth for each", async () => {
    const { world, truth, dials, posts, runFor, lot } = rig();
    await runFor(6 * 60_000);
    dials.now = { ...dials.now, everyoneLeaves: true };
    await runFor(3 * 60_000);
    const entries = visits(truth.all(), "entry");
    const exits = visits(truth.all(), "exit");
    expect(entries.length).toBeGreaterThanOrEqual(10);
    expect(new Set(exits.map(({ stay }) => stay))).toEqual(new Set(entries.map(({ stay }) => stay)));
    expect([...entries, ...exits].every(({ outcome }) => outcome === "passed")).toBe(true);
    expect(posts.length).toBeGreaterThanOrEqual(entries.length + exits.length);
    expect(world.vehiclesAround).toBe(0);
    expect(truth.all().filter(({ kind }) => kind === "closed_on_vehicle")).toEqual([]);
    const laneIds = lot.site.lanes.map(({ id }) => id);
    expect(
      entries.every(({ lane_id, arrived_at, ended_at }) => laneIds.includes(lane_id) && arrived_at < ended_at),
    ).toBe(true);
  });

  it("is the same world for the same seed, and another one for another", async () => {
    const truthOf = async (seed: number) => {
      const { truth, runFor } = rig({ seed, people: { backs_out: 0.2 } });
      await runFor(5 * 60_000);
      return truth.all();
    };
    const first = await truthOf(4);
    expect(visits(first).length).toBeGreaterThan(5);
    expect(await truthOf(4)).toEqual(first);
    expect(await truthOf(5)).not.toEqual(first);
  });

  it("shows the judge an agent that closes on a vehicle", async () => {
    const { truth, runFor } = rig({ agent: { closesBlindlyAfterMs: 2_600 } });
    await runFor(3 * 60_000);
    const struck = truth.all().filter(({ kind }) => kind === "closed_on_vehicle");
    expect(struck.length).toBeGreaterThan(0);
    expect(struck[0]).toMatchObject({ stay: expect.stringMatching(/^mitte-/), height: expect.any(Number) });
  });

  it("has refused drivers turn round at the entry", async () => {
    const { truth, world, runFor } = rig({ agent: { admits: () => false } });
    await runFor(3 * 60_000);
    expect(new Set(visits(truth.all()).map(({ outcome }) => outcome))).toEqual(new Set(["refused"]));
    expect(world.vehiclesInside).toBe(0);
  });

  it("has some drivers change their mind with the arm up, and never come through", async () => {
    const { truth, runFor } = rig({ people: { backs_out: 1 } });
    await runFor(3 * 60_000);
    const outcomes = visits(truth.all(), "entry").map(({ outcome }) => outcome);
    expect(outcomes.length).toBeGreaterThan(0);
    expect(new Set(outcomes)).toEqual(new Set(["changed_mind"]));
  });

  it("has nobody pass a lane whose agent is away, takes the absence down, and goes on when it is back", async () => {
    const { truth, here, welcome, world, runFor } = rig();
    here.now = false;
    world.agentWent();
    await runFor(60_000);
    expect(visits(truth.all())).toEqual([]);
    here.now = true;
    welcome();
    await runFor(60_000);
    expect(visits(truth.all()).length).toBeGreaterThan(0);
    const absence = truth.all().find((one) => one.kind === "agent_away" && one.to - one.from >= 60_000);
    expect(absence).toBeDefined();
  });

  it("has drivers stream through a lane that is held open", async () => {
    const { agent, truth, runFor, lot } = rig({ agent: { admits: () => false } });
    for (const { code, direction } of lot.site.lanes) if (direction === "entry") agent.holdOpen(code);
    await runFor(3 * 60_000);
    const outcomes = visits(truth.all(), "entry").map(({ outcome }) => outcome);
    expect(outcomes.length).toBeGreaterThan(5);
    expect(new Set(outcomes)).toEqual(new Set(["passed"]));
  });

  it("has drivers take a ticket where one is printed, show it when they leave, or call when it is lost", async () => {
    const script = { people: { ticket_share: 1, permit_share: 0, loses_ticket: 0.4 }, agent: { byTicket: true } };
    const { agent, truth, dials, world, runFor, lot, charged } = rig(script);
    await runFor(4 * 60_000);
    dials.now = { ...dials.now, everyoneLeaves: true };
    await runFor(3 * 60_000);
    expect(world.vehiclesAround).toBe(0);
    const entries = visits(truth.all(), "entry");
    const exits = visits(truth.all(), "exit");
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.map(({ ticket }) => ticket)).toEqual(agent.printed);
    const printers = lot.site.lanes.filter(({ peripherals }) => peripherals.printer).map(({ id }) => id);
    expect(entries.every(({ lane_id }) => printers.includes(lane_id))).toBe(true);
    const taken = new Map(entries.map(({ stay, ticket }) => [stay, ticket]));
    const lost = exits.filter(({ ticket }) => ticket === null);
    expect(exits.filter(({ ticket }) => ticket !== null).every(({ stay, ticket }) => taken.get(stay) === ticket)).toBe(
      true,
    );
    expect(lost.length).toBeGreaterThan(0);
    expect(charged).toHaveLength(lost.length);
  });

  it("has a driver take what was printed when the agent went, show it when it is back, and then ask for another", async () => {
    const { agent, truth, here, welcome, world, runFor } = rig({
      people: { ticket_share: 1, permit_share: 0, mean_stay_minutes: 600 },
      lot: { max_arrivals: 1 },
      agent: { byTicket: true },
    });
    for (let ticks = 0; agent.printed.length === 0 && ticks < 500; ticks++) await runFor(100);
    here.now = false;
    world.agentWent();
    await runFor(1_000);
    agent.printed.splice(0, 1, "unknown to the agent that comes back");
    here.now = true;
    welcome();
    await runFor(60_000);
    expect(visits(truth.all())).toMatchObject([{ outcome: "passed", ticket: "T-2", spoilt_tickets: ["T-1"] }]);
  });

  it("has tailgaters slip through behind another vehicle", async () => {
    const { truth, runFor } = rig({ people: { tailgates: 1 }, lot: { arrivals_per_hour: 3_000 } });
    await runFor(2 * 60_000);
    expect(visits(truth.all(), "entry").some(({ outcome }) => outcome === "tailgated")).toBe(true);
  });

  it("goes on after a restart with the vehicles that were inside or stood in an entry", async () => {
    const first = rig({ people: { mean_stay_minutes: 600 } });
    await first.runFor(70_000);
    first.world.end();
    const inside = first.world.vehiclesInside;
    const interrupted = first.truth.all().filter(({ kind }) => kind === "interrupted");
    expect(inside).toBeGreaterThan(0);

    const second = rig({
      people: { mean_stay_minutes: 600 },
      past: first.truth.all(),
      lot: { max_arrivals: first.world.arrivals },
    });
    expect(second.world.vehiclesInside).toBe(inside);
    second.dials.now = { ...second.dials.now, everyoneLeaves: true };
    await second.runFor(3 * 60_000);
    const left = visits(second.truth.all(), "exit").map(({ plate }) => plate);
    const cameIn = [...visits(first.truth.all(), "entry"), ...visits(second.truth.all(), "entry")].map(
      ({ plate }) => plate,
    );
    expect(new Set(left)).toEqual(new Set(cameIn));
    expect(visits(second.truth.all(), "entry")).toHaveLength(interrupted.length);
  });
});
