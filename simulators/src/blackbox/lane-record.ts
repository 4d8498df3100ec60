import type { UnstampedInput } from "../world/agent-line.ts";
import type { JudgeOptions } from "./trace.ts";

/** Inputs that must be clear before an arm may come down. */
export const SAFETY_INPUTS = ["loop.safety", "contact.photo_eye", "contact.fire"] as const;

export type SafetyInput = (typeof SAFETY_INPUTS)[number];

/** What the outside has told of one lane's inputs, and since when. */
export class LaneRecord {
  readonly #freshMs: number;
  readonly #told = new Map<string, { readonly clear: boolean; readonly since: number }>();
  readonly limits = { up: false, down: false };
  #limitAt = 0;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  /** The last moment with a hazard, as told. */
  lastHazardAt = Number.NEGATIVE_INFINITY;

  constructor({ freshMs }: JudgeOptions) {
    this.#freshMs = freshMs;
  }

  tell(input: UnstampedInput, at: number): void {
    switch (input.kind) {
      case "alive":
        this.#confirm(at);
        return;
      case "limit":
        this.limits[input.name] = input.active;
        this.#limitAt = at;
        return;
      case "loop":
      case "contact":
        return this.#sample(`${input.kind}.${input.name}`, input.signal === "clear" || input.signal === "closed", at);
      default:
        return;
    }
  }

  /** The first safety input that is not clear, or has not been confirmed for too long; null when all are clear. */
  hazard(at: number): string | null {
    if (at - this.#confirmedAt > this.#freshMs) return "silence";
    return SAFETY_INPUTS.find((name) => this.#told.get(name)?.clear !== true) ?? null;
  }

  disturbed(at: number): void {
    this.lastHazardAt = at;
  }

  /** How long an input has been told clear without a gap, ms; 0 when it is not. */
  clearFor(input: SafetyInput, at: number): number {
    const told = this.#told.get(input);
    return told?.clear ? at - told.since : 0;
  }

  limitAgeMs(at: number): number {
    return at - this.#limitAt;
  }

  forget(): void {
    this.#told.clear();
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
    Object.assign(this.limits, { up: false, down: false });
  }

  /** After a silence every input's clear time begins anew (SAFE-03). */
  #confirm(at: number): void {
    const hasGap = at - this.#confirmedAt > this.#freshMs;
    this.#confirmedAt = at;
    if (!hasGap) return;
    for (const [name, told] of this.#told) this.#told.set(name, { ...told, since: at });
    this.lastHazardAt = at;
  }

  #sample(name: string, clear: boolean, at: number): void {
    const before = this.#told.get(name);
    if (before?.clear !== clear) this.#told.set(name, { clear, since: at });
  }
}
