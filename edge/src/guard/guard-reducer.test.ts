import { protection } from "@gatehouse/shared/contracts/config/site/protection.ts";
import { laneTimings } from "@gatehouse/shared/contracts/config/site/timings.ts";
import { monoMs } from "@gatehouse/shared/kit/clock.ts";
import { expect, it } from "vitest";
import { GUARD_TICK_MS } from "./guard-loop.ts";
import { guardStep } from "./guard-reducer.ts";
import type { GuardReport } from "./guard-reports.ts";
import { type GuardEvent, type GuardState, initialGuard } from "./guard-state.ts";
import { INPUT_NAMES } from "./inputs.ts";

const TIMINGS = laneTimings.parse({});
const PROTECTION = protection.parse({});
/** The inputs that must be known before an arm comes down; arming and closing loop are the lane's business. */
const SUPERVISED = ["safety", "photo_eye", "fire", "limit_up", "limit_down"] as const;

/** A guard by itself, so that a test can let single inputs go silent. */
class Guard {
  readonly reports: GuardReport[] = [];
  #now = monoMs(0);
  #state: GuardState = initialGuard(this.#now);

  feed(event: GuardEvent): void {
    const { state, reports } = guardStep(this.#state, event, this.#now, { timings: TIMINGS, protection: PROTECTION });
    this.#state = state;
    this.reports.push(...reports);
  }

  /** Ticks, with each input sampled again but those in `silent`. */
  run(ms: number, silent: readonly string[] = []): void {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now = monoMs(this.#now + GUARD_TICK_MS);
      this.feed({ kind: "holds", inputs: INPUT_NAMES.filter((name) => !silent.includes(name)) });
      this.feed({ kind: "tick" });
    }
  }

  get relays() {
    return this.#state.relays;
  }
}

/** The arm is up and every input has been clear for a second. */
function armUp(): Guard {
  const guard = new Guard();
  for (const name of ["arming", "safety", "closing"] as const) guard.feed({ kind: "loop", name, signal: "clear" });
  for (const name of ["photo_eye", "fire"] as const) guard.feed({ kind: "contact", name, signal: "closed" });
  guard.feed({ kind: "limit", name: "up", active: true });
  guard.feed({ kind: "limit", name: "down", active: false });
  guard.run(1_000);
  return guard;
}

it("lowers when all inputs are clear", () => {
  const guard = armUp();
  guard.feed({ kind: "close", record: "r1" });
  guard.run(GUARD_TICK_MS);
  expect(guard.relays).toEqual({ up: false, down: true });
});

it.each(SUPERVISED)("does not lower while %s alone is silent (Verifies: SAFE-02, SAFE-03)", (silent) => {
  const guard = armUp();
  guard.run(TIMINGS.fresh_ms + GUARD_TICK_MS, [silent]);
  guard.feed({ kind: "close", record: "r1" });
  guard.run(GUARD_TICK_MS, [silent]);
  expect(guard.reports.at(-1)).toMatchObject({ kind: "vetoed", command: "close", reason: "hazard" });
  expect(guard.relays).toEqual({ up: false, down: false });
});

it.each(SUPERVISED)("raises again when %s alone goes silent while it lowers (Verifies: SAFE-03, SAFE-04)", (silent) => {
  const guard = armUp();
  guard.feed({ kind: "close", record: "r1" });
  guard.run(TIMINGS.fresh_ms, [silent]);
  expect(guard.relays.down).toBe(true);
  guard.run(50, [silent]);
  expect(guard.relays.down).toBe(false);
  guard.run(200, [silent]);
  expect(guard.relays).toEqual({ up: true, down: false });
});

it.each(["safety", "photo_eye", "fire"])(
  "counts the time of %s anew after a gap in its samples (Verifies: SAFE-03, SAFE-12)",
  (silent) => {
    const guard = armUp();
    guard.run(TIMINGS.fresh_ms + GUARD_TICK_MS, [silent]);
    guard.run(GUARD_TICK_MS);
    guard.feed({ kind: "close", record: "early" });
    guard.run(GUARD_TICK_MS);
    expect(guard.relays.down).toBe(false);
    guard.run(TIMINGS.clear_hold_ms);
    guard.feed({ kind: "close", record: "later" });
    guard.run(GUARD_TICK_MS);
    expect(guard.relays.down).toBe(true);
  },
);

it("does not lower an arm that is at both limits at once (Verifies: SAFE-03, SAFE-09)", () => {
  const guard = armUp();
  guard.feed({ kind: "limit", name: "down", active: true });
  guard.run(1_000);
  guard.feed({ kind: "close", record: "r1" });
  guard.run(GUARD_TICK_MS);
  expect(guard.reports.at(-1)).toMatchObject({ kind: "vetoed", reason: "hazard", hazard: "position" });
  expect(guard.relays).toEqual({ up: false, down: false });
});

it.each(["open", "closed"] as const)(
  "vetoes a reset while its own fire input is %s, or silent after it, whatever is known of the lot (Verifies: SAFE-07)",
  (signal) => {
    const guard = armUp();
    guard.feed({ kind: "contact", name: "fire", signal: "open" });
    guard.run(GUARD_TICK_MS);
    guard.feed({ kind: "contact", name: "fire", signal });
    if (signal === "closed") guard.run(TIMINGS.fresh_ms + GUARD_TICK_MS, ["fire"]);
    guard.feed({ kind: "reset", id: "r1", fireInLot: false });
    expect(guard.reports.at(-1)).toEqual({ kind: "vetoed", command: "reset", id: "r1", reason: "fire" });
  },
);
