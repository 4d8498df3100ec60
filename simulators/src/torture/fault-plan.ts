import { pick, randomInt, seededRandom } from "@gatehouse/shared/kit/random.ts";

/** One thing that goes wrong. `lot` is the lot's place in the layout; `forMs` how long it lasts, machine ms. */
export type Fault =
  | { readonly kind: "agent_killed"; readonly lot: number }
  | { readonly kind: "agent_frozen"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "link_refused"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "link_silent"; readonly lot: number; readonly forMs: number }
  | { readonly kind: "cloud_killed"; readonly forMs: number }
  | { readonly kind: "database_killed" };

/** A fault and its instant, machine ms since the traffic began. */
export type PlannedFault = Fault & { readonly atMs: number };

export interface FaultPlanOptions {
  readonly seed: number;
  readonly lots: number;
  /** Faults begin and end within this time, machine ms. */
  readonly durationMs: number;
}

export const FAULT_KINDS = [
  "agent_killed",
  "agent_frozen",
  "link_refused",
  "link_silent",
  "cloud_killed",
  "database_killed",
] as const satisfies readonly Fault["kind"][];

const FIRST_AT_MS = 5_000;
const GAP_MS = { least: 4_000, most: 12_000 };
const LASTS_MS = { least: 2_000, most: 20_000 };

/** What goes wrong in a run, in order of time: the same seed and options give the same plan. */
export function faultPlan({ seed, lots, durationMs }: FaultPlanOptions): PlannedFault[] {
  const random = seededRandom(seed);
  const plan: PlannedFault[] = [];
  for (let atMs = FIRST_AT_MS; atMs < durationMs; atMs += randomInt(random, GAP_MS.least, GAP_MS.most)) {
    const kind = pick(random, FAULT_KINDS);
    const lot = randomInt(random, 0, lots - 1);
    const forMs = Math.min(randomInt(random, LASTS_MS.least, LASTS_MS.most), durationMs - atMs);
    plan.push({ ...faultOf(kind, lot, forMs), atMs });
  }
  return plan;
}

function faultOf(kind: Fault["kind"], lot: number, forMs: number): Fault {
  switch (kind) {
    case "agent_killed":
      return { kind, lot };
    case "agent_frozen":
    case "link_refused":
    case "link_silent":
      return { kind, lot, forMs };
    case "cloud_killed":
      return { kind, forMs };
    case "database_killed":
      return { kind };
  }
}
