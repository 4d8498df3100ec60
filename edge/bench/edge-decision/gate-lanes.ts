import { join } from "node:path";
import { site as siteSchema } from "@gatehouse/shared/contracts/config/site/site.ts";
import { sleep } from "@gatehouse/shared/kit/clock.ts";
import { OPPOSITE_GAP_MS } from "../../src/lane/interlocks.ts";
import { createLaneSystem, type LaneSystem } from "../../src/lane/lane-system.ts";
import type { DecisionLot } from "./decision-lot.ts";
import { connectWorld, type LaneWorld } from "./lane-world.ts";

/** Short pulses and holds, so that a round of vehicles is through soon; reads and inputs stay fresh for long. */
const TIMINGS = {
  pulse_ms: 250,
  clear_hold_ms: 200,
  close_delay_ms: 0,
  fresh_ms: 1_000,
  travel_max_ms: 30_000,
  read_life_ms: 30_000,
};
const POLL_MS = 5;
/** Longest wait for all lanes to reach a state, ms. */
const WAIT_MAX_MS = 20_000;

/** Entry lanes of the lot: real lane machines, guard thread and input/output socket, with simulated vehicles. */
export interface GateLanes {
  readonly count: number;
  /** A vehicle drives onto the arming loop of every lane. */
  arm(): Promise<void>;
  /** Offers a parsed read to lane `at`; gives the time until the guard switches its relay, ms. */
  openGate(at: number): Promise<number>;
  /** All vehicles drive through and the arms come down. */
  driveThrough(): Promise<void>;
  close(): Promise<void>;
}

export async function openGateLanes(lot: DecisionLot, count: number): Promise<GateLanes> {
  const lanes = Array.from({ length: count }, (_, at) => ({ id: lot.newId(), code: `in-${at + 1}` }));
  const path = join(lot.directory, "io.sock");
  const system = createLaneSystem({
    site: siteSchema.parse({
      lot_id: lot.lotId,
      operator_id: lot.newId(),
      code: "bench",
      name: "Bench",
      time_zone: "UTC",
      lanes: lanes.map((lane) => ({ ...lane, direction: "entry", wiring: { driver: "sim" }, timings: TIMINGS })),
    }),
    desk: lot.desk,
    journal: lot.store.journal,
    clock: lot.clock,
    newId: lot.newId,
    log: lot.log,
    ioListen: { path },
    report: async () => {},
  });
  await system.run();
  const codes = lanes.map(({ code }) => code);
  const world = await connectWorld(path, codes);
  await allIdle(lot, system);
  return {
    count,
    arm: async () => {
      for (const code of codes) world.arrive(code);
      await reach(lot, system, "armed");
    },
    openGate: (at) => openGate(lot, system, { world, lane: lanes[at] ?? { id: "", code: "" } }),
    driveThrough: async () => {
      world.driveThrough();
      await allIdle(lot, system);
    },
    close: async () => {
      world.close();
      await system.stop();
    },
  };
}

async function openGate(
  { nextRead }: DecisionLot,
  system: LaneSystem,
  { world, lane }: { readonly world: LaneWorld; readonly lane: { readonly id: string; readonly code: string } },
): Promise<number> {
  const read = nextRead();
  const raised = world.raised(lane.code);
  const began = process.hrtime.bigint();
  const answer = system.offer({ laneId: lane.id, kind: "plate", value: read.raw, read, direction: "entry" });
  if (answer !== "accepted") throw new Error(`Lane ${lane.code} did not take the read: ${answer}`);
  return Number((await raised) - began) / 1e6;
}

/** Idle and rested: the guard raises no arm so soon after it has lowered it (SAFE-01). */
async function allIdle(lot: DecisionLot, system: LaneSystem): Promise<void> {
  await reach(lot, system, "idle");
  await sleep(lot.clock, OPPOSITE_GAP_MS);
}

async function reach({ clock }: DecisionLot, system: LaneSystem, wanted: string): Promise<void> {
  const until = clock.mono() + WAIT_MAX_MS;
  for (;;) {
    const others = system.snapshot().filter(({ state }) => state !== wanted);
    if (others.length === 0) return;
    if (clock.mono() > until) throw new Error(`${others.length} lanes are not ${wanted} but ${others[0]?.state}.`);
    await sleep(clock, POLL_MS);
  }
}
