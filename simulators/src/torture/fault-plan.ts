import { assertNever } from "@gatehouse/shared/kit/exhaustive.ts";
import { pick, type Random, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";

/** One thing that goes wrong. `lot` is the lot's place in the layout; `forMs` how long it lasts, machine ms. */
export type Fault =
  | { readonly kind: "agent_killed"; readonly lot: number }
  | { readonly kind: "agent_frozen"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "link_refused"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "link_silent"; readonly lot: number; readonly forMs: number }
  /** What the edge sends arrives, and no confirmation comes back: it sends all of it again. */
  | { readonly kind: "link_mute"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "cloud_killed"; readonly forMs: number }
  | { readonly kind: "database_killed" }
  /** The cloud's database is copied, and so much later replaced by that copy, as after a disaster. */
  | { readonly kind: "cloud_set_back"; readonly forMs: number }
  /** Of a broker of its own: until then a link works, and nothing comes of what is sent. */
  | { readonly kind: "broker_killed"; readonly forMs: number }
  /** Flushes of the agent's store fail for a while; then its computer is switched off and on. */
  | { readonly kind: "flush_fails"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "read_fails"; readonly lot: number; readonly forMs: number }
  /** For a while nothing can be written to the agent's store; the agent goes on by itself. */
  | { readonly kind: "disk_full"; readonly lot: number; readonly forMs: number }
  /** The wall clock of a running agent is set wrong by so many seconds of the machine, and set right after a while. */
  | { readonly kind: "clock_stepped"; readonly lot: number; readonly seconds: number; readonly forMs: number }
  /** The agent's computer is switched off, and comes back in 1970 for a while. */
  | { readonly kind: "clock_in_1970"; readonly lot: number; readonly forMs: number };

export type FaultKind = Fault["kind"];

/** A fault and its instant, machine ms since the traffic began. */
export type PlannedFault = Fault & { readonly atMs: number };

export interface FaultPlanOptions {
  readonly seed: number;
  readonly lots: number;
  /** Faults begin and end within this time, machine ms. */
  readonly durationMs: number;
  /** Those that can be done here. */
  readonly kinds: readonly FaultKind[];
}

/** What needs nothing beside the processes themselves. */
export const PROCESS_FAULTS = [
  "agent_killed",
  "agent_frozen",
  "link_refused",
  "link_silent",
  "link_mute",
  "cloud_killed",
  "database_killed",
  "cloud_set_back",
] as const satisfies readonly FaultKind[];

/** What needs strace. */
export const DISK_FAULTS = ["flush_fails", "read_fails", "disk_full"] as const satisfies readonly FaultKind[];

/** What needs libfaketime. */
export const CLOCK_FAULTS = ["clock_stepped", "clock_in_1970"] as const satisfies readonly FaultKind[];

/** All there are. */
export const FAULT_KINDS: readonly FaultKind[] = [...PROCESS_FAULTS, "broker_killed", ...DISK_FAULTS, ...CLOCK_FAULTS];

/** A second to two days either way; a simulated lot's clock moves by as much times its rate. */
const CLOCK_STEPS_S = [1, 30, 600, 3_600, 86_400, 172_800].flatMap((seconds) => [seconds, -seconds]);

const FIRST_AT_MS = 5_000;
const GAP_MS = { least: 4_000, most: 12_000 };
const LASTS_MS = { least: 2_000, most: 20_000 };

/** What goes wrong in a run, in order of time, each kind once before any comes again: the same seed gives the same plan. */
export function faultPlan({ seed, lots, durationMs, kinds }: FaultPlanOptions): PlannedFault[] {
  const random = seededRandom(seed);
  const plan: PlannedFault[] = [];
  const firstKind = randomInt(random, 0, kinds.length - 1);
  for (
    let atMs = FIRST_AT_MS;
    atMs <= durationMs - LASTS_MS.least;
    atMs += randomInt(random, GAP_MS.least, GAP_MS.most)
  ) {
    const kind = plan.length < kinds.length ? kinds[(firstKind + plan.length) % kinds.length] : pick(random, kinds);
    if (!kind) throw new RangeError("A plan needs a kind of fault.");
    const lot = randomInt(random, 0, lots - 1);
    const forMs = Math.min(randomInt(random, LASTS_MS.least, LASTS_MS.most), durationMs - atMs);
    plan.push({ ...faultOf({ kind, lot, forMs, random }), atMs });
  }
  return plan;
}

interface Draw {
  readonly kind: FaultKind;
  readonly lot: number;
  readonly forMs: number;
  readonly random: Random;
}

function faultOf({ kind, lot, forMs, random }: Draw): Fault {
  switch (kind) {
    case "agent_killed":
      return { kind, lot };
    case "agent_frozen":
    case "link_refused":
    case "link_silent":
    case "link_mute":
    case "flush_fails":
    case "read_fails":
    case "disk_full":
    case "clock_in_1970":
      return { kind, lot, forMs };
    case "clock_stepped":
      return { kind, lot, seconds: pick(random, CLOCK_STEPS_S), forMs };
    case "cloud_killed":
    case "cloud_set_back":
    case "broker_killed":
      return { kind, forMs };
    case "database_killed":
      return { kind };
    default:
      return assertNever(kind);
  }
}
