import type { SimOutput } from "../../drivers/sim/sim-lane.ts";
import type { ArmModel } from "./arm-model.ts";

/** What really is at the gate, whatever the agent believes. */
export interface Truth {
  /** Loop under the arm free, beam whole, no fire, and somebody tells so. */
  readonly clear: boolean;
  readonly fire: boolean;
  /** A selector points away or is not known to point here, or a lock holds: no relay may help (SAFE-19, SAFE-22). */
  readonly powerless: boolean;
}

const STEP_MS = 10;
/** From the end of a lock, a weld or a turned selector to relays that may be expected: one travel and a hold time, ms. */
const POWER_BACK_MS = 2_600;

/**
 * Watches relays, arm and truth from outside and names every breach of a safety rule. It knows nothing of the agent's
 * states; bounds are those of docs/rules.md plus one step of the test's clock.
 */
export class Judge {
  readonly breaches: string[] = [];
  readonly #on: Record<"up" | "down", number | null> = { up: null, down: null };
  readonly #offAt: Record<"up" | "down", number> = { up: 0, down: 0 };
  #hazardSince: number | null = 0;
  #clearSince: number | null = null;
  #fireSince: number | null = null;
  #powerlessAt = Number.NEGATIVE_INFINITY;
  closes = 0;

  relay(output: Extract<SimOutput, { kind: "relay" }>, now: number): void {
    const { name, on } = output;
    const other = name === "up" ? "down" : "up";
    if (!on) {
      if (this.#on[name] !== null) this.#offAt[name] = now;
      this.#on[name] = null;
      return;
    }
    if (this.#on[other] !== null) this.#breach("SAFE-01", "both relays on", now);
    if (now - this.#offAt[other] < 200)
      this.#breach("SAFE-01", `${other} was on ${now - this.#offAt[other]} ms ago`, now);
    this.#on[name] = now;
    if (name === "down") this.#lowers(now);
  }

  look(truth: Truth, arm: ArmModel, now: number): void {
    if (truth.clear) this.#hazardSince = null;
    else this.#hazardSince ??= now;
    if (truth.clear) this.#clearSince ??= now;
    else this.#clearSince = null;
    this.#fireSince = truth.fire ? (this.#fireSince ?? now) : null;
    const hazardMs = this.#hazardSince === null ? 0 : now - this.#hazardSince;
    if (this.#on.down !== null && hazardMs > 50)
      this.#breach("SAFE-04", `down is on after ${hazardMs} ms of hazard`, now);
    if (truth.powerless || arm.welded !== null) this.#powerlessAt = now;
    const drives = !arm.stuck && now - this.#powerlessAt > POWER_BACK_MS; // else no relay can help
    if (arm.direction < 0 && drives && hazardMs > 250 + STEP_MS)
      this.#breach("SAFE-04", `still lowering after ${hazardMs} ms`, now);
    for (const name of ["up", "down"] as const) {
      const since = this.#on[name];
      if (since !== null && now - since > 1_000 + STEP_MS)
        this.#breach("SAFE-11", `${name} is on for ${now - since} ms`, now);
    }
    const fireMs = this.#fireSince === null ? 0 : now - this.#fireSince;
    if (fireMs > 250 + STEP_MS && arm.height < 1 && arm.direction <= 0 && drives)
      this.#breach("SAFE-07", "fire, and not opening", now);
  }

  #lowers(now: number): void {
    this.closes++;
    if (this.#clearSince === null || now - this.#clearSince < 490)
      this.#breach("SAFE-02", "down without clear inputs", now);
    if (this.#fireSince !== null) this.#breach("SAFE-07", "down during fire", now);
  }

  #breach(rule: string, what: string, now: number): void {
    this.breaches.push(`${rule} at ${now} ms: ${what}`);
  }
}
