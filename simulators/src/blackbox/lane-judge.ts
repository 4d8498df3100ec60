import type { IoOutput } from "@gatehouse/shared/contracts/edge/io-socket.ts";
import type { UnstampedInput } from "../world/agent-line.ts";
import { LaneRecord, SAFETY_INPUTS } from "./lane-record.ts";
import type { Breach, JudgeOptions, Note } from "./trace.ts";

type Relay = "up" | "down";
type LaneOutput = Extract<IoOutput, { lane: string }>;

/** Bounds of docs/rules.md, ms. */
const OPPOSITE_GAP_MS = 200;
const RELAY_MAX_MS = 1_000;
const DOWN_OFF_MS = 50;
const RAISING_MS = 250;
const REVERSAL_HOLD_MS = 2_000;
const GRANT_LIFE_MS = 10_000;
const MAX_REVERSALS = 3;
/** A loop that was without its detector is believed again when two others were clear for 60 s (SAFE-15), and some more. */
const DOUBT_MS = 75_000;

/** Holds one lane's lines against the safety rules. It knows only what passed over the socket, and what a hand did. */
export class LaneJudge {
  readonly #lane: string;
  readonly #options: JudgeOptions;
  readonly #breaches: Breach[];
  readonly #record: LaneRecord;
  readonly #relays: Record<Relay, { on: boolean; sinceNs: bigint; offNs: bigint | null; onAt: number }> = {
    up: { on: false, sinceNs: 0n, offNs: null, onAt: 0 },
    down: { on: false, sinceNs: 0n, offNs: null, onAt: 0 },
  };
  /** Since when a hazard waits for the arm to be on its way up; null when none does. */
  #owedSince: number | null = null;
  #inHazard = false;
  #lowering = false;
  #reversals = 0;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  #reversedAt: number | null = null;
  #fireSince: number | null = null;
  #maintenance = false;
  #mayRaiseUntil = 0;
  closes = 0;
  raises = 0;

  constructor(lane: string, options: JudgeOptions, breaches: Breach[]) {
    this.#lane = lane;
    this.#options = options;
    this.#breaches = breaches;
    this.#record = new LaneRecord(options);
  }

  /** Whether something allows the arm to stay up though nobody is there: a latch, a lock, or a loop in doubt. */
  mayStayUp(at: number): boolean {
    const isDoubted = at - this.#doubtedAt < DOUBT_MS;
    return this.#fireSince !== null || this.#reversals >= MAX_REVERSALS || this.#maintenance || isDoubted;
  }

  get armDown(): boolean {
    return this.#record.limits.down;
  }

  told(input: UnstampedInput, at: number): void {
    this.#record.tell(input, at);
    if (input.kind === "loop" && input.name === "safety" && input.signal !== "clear" && input.signal !== "occupied")
      this.#doubtedAt = at;
    if (input.kind === "limit" && input.active) this.#arrived(input.name);
    this.#seeHazard(at);
  }

  /** A fire input of any lane of the lot; it is latched until somebody at the lot resets it (SAFE-07). */
  fire(at: number): void {
    this.#fireSince ??= at;
    this.#mayRaiseUntil = Number.POSITIVE_INFINITY;
  }

  note(note: Note, at: number): void {
    if ("lane" in note && note.lane !== this.#lane) return;
    switch (note.kind) {
      case "agent_lost":
        return this.#lost(at);
      case "must_be_shut":
        return;
      case "read_taken":
        this.#allowRaise(at + GRANT_LIFE_MS);
        return;
      case "hand":
        if (note.action === "reset") this.#forget();
        this.#allowRaise(at + GRANT_LIFE_MS);
        return;
      case "maintenance":
        this.#maintenance = note.on;
        // Taking the lock away lets the arm go to where its position is known.
        this.#allowRaise(at + GRANT_LIFE_MS);
        return;
    }
  }

  heard(output: LaneOutput, at: number): void {
    if (output.kind === "relay") this.#relay(output, at);
    else if (output.kind === "light" && output.green) this.#green(at);
  }

  /** Time has come to `at`: what should have happened by now? */
  look(at: number): void {
    const { slackMs } = this.#options;
    this.#seeHazard(at);
    if (this.#owedSince !== null) {
      const late = at - this.#owedSince - slackMs;
      if (this.#relays.down.on && late > DOWN_OFF_MS) this.#breach("SAFE-04", at, "the arm is still being lowered");
      if (late > RAISING_MS) this.#breach("SAFE-04", at, "the arm was not raised after a hazard");
      if (late > DOWN_OFF_MS && (this.#relays.down.on || late > RAISING_MS)) this.#owedSince = null;
    }
    if (this.#fireSince !== null && this.#relays.down.on && at - this.#fireSince > DOWN_OFF_MS + slackMs)
      this.#breach("SAFE-07", at, "the arm is being lowered during a fire alarm");
    for (const name of ["up", "down"] as const) {
      const { on, onAt } = this.#relays[name];
      if (on && at - onAt > RELAY_MAX_MS + slackMs) this.#breach("SAFE-11", at, `${name} stays on`);
    }
  }

  #seeHazard(at: number): void {
    const isHazard = this.#record.hazard(at) !== null;
    const begins = isHazard && !this.#inHazard;
    this.#inHazard = isHazard;
    if (isHazard) this.#record.disturbed(at);
    if (!begins) return;
    if (this.#lowering) this.#owedSince ??= at;
    // Neither limit, or inputs that are gone: it may look for a limit upwards (SAFE-09).
    this.#allowRaise(at + REVERSAL_HOLD_MS + this.#options.slackMs);
  }

  #arrived(limit: Relay): void {
    if (limit === "down") {
      this.#lowering = false;
      this.#owedSince = null;
      this.#reversals = 0;
    }
  }

  #relay({ name, on, t }: Extract<LaneOutput, { kind: "relay" }>, at: number): void {
    const relay = this.#relays[name];
    const ns = BigInt(t);
    if (on === relay.on) return;
    if (!on) {
      const lasted = Number(ns - relay.sinceNs) / 1e6;
      if (lasted > RELAY_MAX_MS + 20) this.#breach("SAFE-11", at, `${name} was on for ${lasted.toFixed(0)} ms`);
      Object.assign(relay, { on, offNs: ns });
      return;
    }
    const other = this.#relays[name === "up" ? "down" : "up"];
    if (other.on) this.#breach("SAFE-01", at, "both relays are on");
    const gap = other.offNs === null ? null : Number(ns - other.offNs) / 1e6;
    if (gap !== null && gap < OPPOSITE_GAP_MS - 1)
      this.#breach("SAFE-01", at, `opposite outputs ${gap.toFixed(0)} ms apart`);
    if (this.#maintenance) this.#breach("SAFE-22", at, `${name} went on under the maintenance lock`);
    Object.assign(relay, { on, sinceNs: ns, onAt: at });
    if (name === "up") this.#raises(at);
    else this.#lowers(at);
  }

  #raises(at: number): void {
    this.raises++;
    // A vehicle that is admitted while the arm comes down raises it too, without a hazard.
    const isReversal = this.#lowering && this.#owedSince !== null;
    if (!this.#lowering && at > this.#mayRaiseUntil + this.#options.slackMs)
      this.#breach("SAFE-25", at, "the arm was raised though nobody was admitted and nothing was wrong");
    if (isReversal) {
      this.#reversals++;
      this.#reversedAt = at;
    }
    this.#lowering = false;
    this.#owedSince = null;
  }

  #lowers(at: number): void {
    this.closes++;
    const { slackMs, clearHoldMs } = this.#options;
    for (const input of SAFETY_INPUTS) {
      const clearFor = this.#record.clearFor(input, at);
      if (clearFor < clearHoldMs - slackMs)
        this.#breach("SAFE-02", at, `${input} was clear for ${clearFor.toFixed(0)} ms when the arm was lowered`);
    }
    if (!this.#record.limits.up && !this.#record.limits.down && this.#record.limitAgeMs(at) > slackMs)
      this.#breach("SAFE-09", at, "lowered with the arm at no limit");
    if (this.#fireSince !== null && at - this.#fireSince > slackMs)
      this.#breach("SAFE-07", at, "lowered before the fire alarm was reset");
    if (this.#reversals >= MAX_REVERSALS) this.#breach("SAFE-05", at, "lowered after three reversals");
    if (this.#reversedAt !== null && this.#reversals > 0 && at - this.#record.lastHazardAt < REVERSAL_HOLD_MS - slackMs)
      this.#breach("SAFE-05", at, "lowered within 2 s of the hazard that reversed it");
    this.#lowering = true;
    if (this.#record.hazard(at) !== null) this.#owedSince ??= at;
  }

  #green(at: number): void {
    const { slackMs } = this.#options;
    if (!this.#record.limits.up && this.#record.limitAgeMs(at) > slackMs)
      this.#breach("SAFE-21", at, "green with the arm not up");
    if (this.#relays.down.on) this.#breach("SAFE-21", at, "green while the arm is being lowered");
  }

  /** The agent's outputs are off by themselves; its successor knows nothing and may look for a limit upwards. */
  #lost(at: number): void {
    for (const relay of [this.#relays.up, this.#relays.down]) Object.assign(relay, { on: false, offNs: null });
    this.#owedSince = null;
    this.#lowering = false;
    this.#reversals = 0;
    this.#record.forget();
    this.#allowRaise(at + 3 * GRANT_LIFE_MS);
  }

  #forget(): void {
    this.#fireSince = null;
    this.#reversals = 0;
    this.#reversedAt = null;
    this.#mayRaiseUntil = 0;
  }

  #allowRaise(until: number): void {
    this.#mayRaiseUntil = Math.max(this.#mayRaiseUntil, until);
  }

  #breach(rule: string, at: number, what: string): void {
    this.#breaches.push({ rule, lane: this.#lane, at, what });
  }
}
